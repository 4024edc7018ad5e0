"""The authorities that the operating system trusts: where one is added, and what makes it known."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import RuntimeFault

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class TrustStore:
    """A folder for certificates, and the command that takes them up."""

    folder: Path
    command: tuple[str, ...]
    suffix: str = ".crt"

    def file(self, pem: str) -> Path:
        """Where a certificate is put."""
        return self.folder / f"pogoproxy-{hashlib.sha256(pem.encode()).hexdigest()[:16]}{self.suffix}"


STORES = (
    TrustStore(Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",)),
    TrustStore(Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust", "extract"), ".pem"),
    TrustStore(Path("/etc/ca-certificates/trust-source/anchors"), ("trust", "extract-compat")),
    TrustStore(Path("/usr/share/pki/trust/anchors"), ("update-ca-certificates",), ".pem"),
)
"""Those of Debian, Fedora, Arch and SUSE."""


def find_store(stores: Sequence[TrustStore] = STORES) -> TrustStore:
    """This system's; RuntimeFault if it has none that we know."""
    for store in stores:
        if store.folder.is_dir():
            return store
    raise RuntimeFault("no trust store that we know: install the root certificate by hand")


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeFault(f"{command[0]}: {getattr(error, 'stderr', '') or error}") from None


def trust(pem: str, store: TrustStore, run: Run = _run) -> Path:
    """Have a root trusted; where it is now. RuntimeFault if that cannot be."""
    path = store.file(pem)
    try:
        path.write_text(pem)
        path.chmod(0o644)
    except OSError as error:
        raise RuntimeFault(f"{path}: {(error.strerror or '').lower()}: run this as root") from None
    run(store.command)
    return path


def untrust(pem: str, store: TrustStore, run: Run = _run) -> bool:
    """No longer have it trusted; whether it was. RuntimeFault if that cannot be."""
    path = store.file(pem)
    if not path.exists():
        return False
    try:
        path.unlink()
    except OSError as error:
        raise RuntimeFault(f"{path}: {(error.strerror or '').lower()}: run this as root") from None
    run(store.command)
    return True
