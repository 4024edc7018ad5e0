"""`pogoproxy build-info`."""

from __future__ import annotations

import argparse
import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from .. import __version__

NAME = "build-info"
HELP = "Print the versions of Python, of pogoproxy and of the packages it stands on"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(args: argparse.Namespace) -> int:
    """One line each, tabs between kind, name and version."""
    print(f"python\t{platform.python_implementation()}\t{platform.python_version()}")
    print(f"platform\t{sys.platform}\t{platform.machine()}")
    print(f"mod\tpogoproxy\tv{__version__}")
    for name, version in dependencies():
        print(f"dep\t{name}\t{version}")
    return 0


def dependencies() -> Iterator[tuple[str, str]]:
    """The packages that pogoproxy asks for, extras too, with the version that is installed."""
    for requirement in sorted(metadata.requires("pogoproxy") or []):
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        is_development = 'extra == "dev"' in requirement
        if is_development:
            continue
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "(not installed)"
