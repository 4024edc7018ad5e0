"""`pogoproxy trust`: have this machine trust the root of an authority of our own."""

from __future__ import annotations

import argparse

from ..tls.trust_store import find_store, trust
from ._authority import add_arguments, root_of

__all__ = ["HELP", "NAME", "add_arguments", "run"]

NAME = "trust"
HELP = "Have this machine trust the root certificate of the server's own authority"


def run(args: argparse.Namespace) -> int:
    """Install it."""
    print(f"trusted: {trust(root_of(args), find_store())}")
    return 0
