"""`pogoproxy stop`: end a running server gracefully."""

from __future__ import annotations

import argparse

from ._admin import post
from ._config import add_config_arguments, read_admin

NAME = "stop"
HELP = "End a running server gracefully"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the server is, or the configuration that says it."""
    add_config_arguments(parser)
    parser.add_argument("--address", default="", metavar="HOST:PORT", help="the admin API (default: as configured)")


def run(args: argparse.Namespace) -> int:
    """Ask it to stop; it drains after we have returned."""
    post(read_admin(args), args.address, "/stop")
    return 0
