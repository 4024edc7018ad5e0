"""The command line: one file a command, found by its name and imported only when it is called.

A command's file (`hash_password.py` for `hash-password`) exposes

- `NAME` and `HELP`, one line;
- `add_arguments(parser)`, which declares its arguments with argparse;
- `run(args) -> int`, the exit status. Results go to stdout, talk to stderr. What it read from elsewhere than a file
  it may leave in `args.sources`, text by name, so that a mistake can be shown in it.

A mistake in a config ends in status 1 and the rendered mistake, a mistake on the command line in status 2.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence
from typing import Protocol, cast

from .. import __version__
from ..errors import ConfigError, ConfigErrors, PogoError

DESCRIPTION = "A Caddy-style reverse proxy and application server in Python, with worker pools for jobs."
EPILOG = "Run `pogoproxy COMMAND --help` for a command's flags."


class Command(Protocol):
    """What a command's file exposes."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit status."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; never raises on a user's mistake."""
    args = parse_arguments(sys.argv[1:] if argv is None else argv)
    try:
        return cast(int, args.run(args))
    except (ConfigError, ConfigErrors) as wrong:
        from ..caddyfile.render import render

        print(render(wrong, getattr(args, "sources", None)), file=sys.stderr)
        return 1
    except PogoError as wrong:
        print(f"Error: {wrong}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has left: `pogoproxy adapt | head`
        sys.stderr.close()
        return 1


def parse_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse with the one command that is called, or with all of them where help or a mistake must list them."""
    called = argv[0] if argv else ""
    names = [called] if called in command_names() else command_names()
    return build_parser([load_command(name) for name in names]).parse_args(argv)


def build_parser(commands: Sequence[Command]) -> argparse.ArgumentParser:
    """The parser for these commands."""
    parser = argparse.ArgumentParser(prog="pogoproxy", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("-v", "--version", action="version", version=f"v{__version__}", help="print the version")
    parsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands:
        sub = parsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def command_names() -> list[str]:
    """The names of all commands, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))


def load_command(name: str) -> Command:
    """Import a command's file."""
    return cast(Command, importlib.import_module(f".{name.replace('-', '_')}", __name__))
