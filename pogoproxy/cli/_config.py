"""What commands that take a configuration share: the flags that name it, and reading it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..caddyfile.render import render
from ..config.adapt import Adapted
from ..config.source import ADAPTERS, DEFAULT_FILE, load_config
from ..errors import ConfigError
from ..standard import LANGUAGE


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """`[FILE]`, `--config`, `--adapter`, `--envfile`."""
    parser.add_argument("file", nargs="?", help=f"the configuration; - is standard input (default: {DEFAULT_FILE})")
    parser.add_argument("-c", "--config", metavar="FILE", help="the same as a flag")
    parser.add_argument("-a", "--adapter", choices=ADAPTERS, default="", help="what it is written in")
    parser.add_argument("--envfile", action="append", default=[], metavar="FILE", help="read environment variables")


def read_config(args: argparse.Namespace) -> Adapted:
    """Read the configuration that the arguments name, and warn on stderr; ConfigError with its mistakes."""
    for path in args.envfile:
        os.environ.update(read_environment(Path(path)))
    adapted = load_config(args.config or args.file or DEFAULT_FILE, LANGUAGE, args.adapter)
    for warning in adapted.warnings:
        print(render(warning).replace("Error: ", "Warning: ", 1), file=sys.stderr)
    return adapted


def read_environment(path: Path) -> dict[str, str]:
    """The variables of a file of `NAME=value` lines, with `#` comments, `export` and quotes as Caddy takes them."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as wrong:
        raise ConfigError(f"reading environment file: {path}: {wrong.strerror}") from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.removeprefix("export ").partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"can't parse line {number}; line should be in KEY=VALUE format", path=str(path))
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
