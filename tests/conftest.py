"""What tests of several packages lean on: the programs and the data that the product is compared with.

Where one is missing a test is skipped, for a developer's sake; under CI it fails, so that no comparison is
lost unseen.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent
PEERS = ROOT / ".venv" / "peers" / "bin"
"""Where `tests/run` installs the peers that are not Debian's."""


def missing(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; see tests/conftest.py for where it is looked for")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def peer() -> Callable[[str], str]:
    """`peer("nginx")` is the path of that program: from the environment (`NGINX`), from `tests/run`, from PATH."""

    def find(name: str) -> str:
        path = os.pathsep.join((str(PEERS), os.environ.get("PATH", ""), "/usr/sbin"))
        found = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name, path=path)
        return found or missing(name)

    return find


@pytest.fixture(scope="session")
def caddy(peer: Callable[[str], str]) -> str:
    """The path of the Caddy binary."""
    return peer("caddy")


@pytest.fixture(scope="session")
def php(peer: Callable[[str], str]) -> str:
    """The path of PHP."""
    return peer("php")


@pytest.fixture(scope="session")
def conformance() -> Path:
    """The folder of Caddy's own adaptation cases: `POGOPROXY_CONFORMANCE`, or beside the checkout."""
    folder = Path(os.environ.get("POGOPROXY_CONFORMANCE") or ROOT.parent / "shared" / "conformance")
    return folder if folder.is_dir() else missing("the conformance data")


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for Unix sockets, whose paths end at 107 bytes; `tmp_path` may use them up by itself."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)
