"""`pogoproxy version`."""

from __future__ import annotations

import argparse

from .. import __version__

NAME = "version"
HELP = "Print the version"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(args: argparse.Namespace) -> int:
    """Print the version, alone on its line."""
    print(f"v{__version__}")
    return 0
