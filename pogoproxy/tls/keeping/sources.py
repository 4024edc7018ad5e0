"""The files that certificates are loaded from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import ConfigError
from ..certificates import CertificateFile, Certificates


@dataclass(frozen=True, slots=True)
class Source:
    """Where a certificate is loaded from, and again when that changes."""

    certificate: str
    key: str
    tags: tuple[str, ...] = ()
    is_bundle: bool = False
    """One file holds both."""

    @property
    def files(self) -> tuple[Path, ...]:
        """What to watch."""
        return (Path(self.certificate),) if self.is_bundle else (Path(self.certificate), Path(self.key))

    def stamp(self) -> tuple[tuple[int, int], ...]:
        """What changes when a file is replaced; nothing if one is missing."""
        try:
            found = [path.stat() for path in self.files]
        except OSError:
            return ()
        return tuple((stat.st_mtime_ns, stat.st_ino) for stat in found)


def sources(config: Certificates) -> Iterator[Source]:
    """The files to load; ConfigError for a format that is none of ours."""
    for file in config.load_files:
        yield _source(file)
    for folder in config.load_folders:
        if not Path(folder).is_dir():
            raise ConfigError(f"folder of certificates {folder!r} does not exist", path="apps.tls.certificates")
        for path in sorted(Path(folder).rglob("*.pem")):
            yield Source(str(path), str(path), is_bundle=True)


def _source(file: CertificateFile) -> Source:
    if file.format not in ("", "pem"):
        raise ConfigError(f"format {file.format!r} of certificates is not supported: pem is", path="apps.tls")
    return Source(file.certificate, file.key, file.tags)
