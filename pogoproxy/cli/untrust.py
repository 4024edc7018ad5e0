"""`pogoproxy untrust`: have this machine no longer trust the root of an authority of our own."""

from __future__ import annotations

import argparse

from ..tls.trust_store import find_store, untrust
from ._authority import add_arguments, root_of

__all__ = ["HELP", "NAME", "add_arguments", "run"]

NAME = "untrust"
HELP = "Have this machine no longer trust the root certificate of the server's own authority"


def run(args: argparse.Namespace) -> int:
    """Remove it."""
    print("no longer trusted" if untrust(root_of(args), find_store()) else "it was not trusted")
    return 0
