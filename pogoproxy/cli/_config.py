"""What commands that take a configuration share: the flags that name it, and reading it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..caddyfile.envfile import load_envfile
from ..caddyfile.render import render
from ..config.adapt import Adapted
from ..config.root import Admin
from ..config.source import ADAPTERS, DEFAULT_FILE, load_config
from ..standard import LANGUAGE


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """`[FILE]`, `--config`, `--adapter`, `--envfile`."""
    parser.add_argument("file", nargs="?", help=f"the configuration; - is standard input (default: {DEFAULT_FILE})")
    parser.add_argument("-c", "--config", metavar="FILE", help="the same as a flag")
    parser.add_argument("-a", "--adapter", choices=ADAPTERS, default="", help="what it is written in")
    parser.add_argument("--envfile", action="append", default=[], metavar="FILE", help="read environment variables")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """What `run` and `start` take besides."""
    parser.add_argument("--pidfile", default="", metavar="FILE", help="write the process id there")
    parser.add_argument("--ready-fd", type=int, default=-1, metavar="FD", help=argparse.SUPPRESS)


def read_config(args: argparse.Namespace) -> Adapted:
    """Read the configuration that the arguments name, and warn on stderr; ConfigError with its mistakes."""
    for path in args.envfile:
        load_envfile(path, os.environ)
    args.sources = {}
    adapted = load_config(args.config or args.file or DEFAULT_FILE, LANGUAGE, args.adapter, args.sources)
    for warning in adapted.warnings:
        print(render(warning, args.sources, label="Warning"), file=sys.stderr)
    return adapted


def read_admin(args: argparse.Namespace) -> Admin | None:
    """Where the configuration, if there is one and no `--address`, puts the admin API."""
    if args.address or not (args.config or args.file or Path(DEFAULT_FILE).exists()):
        return None
    return read_config(args).config.admin
