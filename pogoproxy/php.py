"""PHP's own programs as the supervisor starts them: `php` for the workers of pools, `php-fpm` for pages.

Both run `jobs/php/prepend.php` first, which gives every PHP process the functions of Pogo without an extension.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import jobs
from .apps.frankenphp import FrankenPHPApp
from .errors import RuntimeFault

PREPENDED = Path(jobs.__file__).parent / "php" / "prepend.php"

_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")
"""Looked at beside PATH: Debian has php-fpm in one that users do not have in theirs."""

_VERSION = re.compile(r"-?(\d+)\.?(\d*)")


def worker_command(script: str, folder: Path, options: FrankenPHPApp) -> tuple[str, ...]:
    """How a pool's worker runs `script`, which is below `folder`; RuntimeFault if there is no PHP, or no such file."""
    path = (folder / script).resolve()
    if not path.is_file():
        raise RuntimeFault(f"worker {script}: no such file: {path}")
    settings = {
        "display_errors": "stderr",  # where the supervisor takes it for the log, and for why a worker died
        "log_errors": "0",
        "html_errors": "0",
        **options.php_ini,
        "auto_prepend_file": str(PREPENDED),
    }
    return (program("php"), *_definitions(settings), str(path))


def _definitions(settings: Mapping[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        yield from ("-d", f"{name}={value}")


def program(name: str) -> str:
    """The path of `php` or `php-fpm`, without a version in its name or else the latest; RuntimeFault."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), *_FOLDERS]
    found = [file for folder in folders if folder for file in Path(folder).glob(f"{name}*") if _is_named(file, name)]
    if not found:
        raise RuntimeFault(f"{name} is needed and not installed: looked for {name} and {name}8.x in PATH and /usr/sbin")
    return str(max(found, key=lambda file: _version(file.name.removeprefix(name))))


def _is_named(file: Path, name: str) -> bool:
    rest = file.name.removeprefix(name)
    return (not rest or _VERSION.fullmatch(rest) is not None) and os.access(file, os.X_OK)


def _version(suffix: str) -> tuple[float, ...]:
    """A plain name is what the administrator chose, hence above all versions. Alpine writes `83` for 8.3."""
    match = _VERSION.fullmatch(suffix)
    if match is None:
        return (float("inf"),)
    major, minor = match.groups()
    return (float(major[0]), float(minor or major[1:] or 0))
