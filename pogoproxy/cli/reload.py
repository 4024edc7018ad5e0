"""`pogoproxy reload`: give a running server a new configuration."""

from __future__ import annotations

import argparse

from ._admin import post
from ._config import add_config_arguments, read_config

NAME = "reload"
HELP = "Give a running server a new configuration; it keeps the old one if the new one cannot run"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, and where the server is."""
    add_config_arguments(parser)
    parser.add_argument("--address", default="", metavar="HOST:PORT", help="the admin API (default: as configured)")
    parser.add_argument("-f", "--force", action="store_true", help="reload even if nothing has changed")


def run(args: argparse.Namespace) -> int:
    """Return when the new configuration serves, or with the reason why it does not."""
    adapted = read_config(args)
    post(adapted.config.admin, args.address, "/load", adapted.text(), is_forced=args.force)
    return 0
