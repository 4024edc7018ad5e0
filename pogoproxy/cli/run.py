"""`pogoproxy run`: serve a configuration until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

import uvloop

from .. import logs
from ..errors import RuntimeFault
from ..runtime import Runtime
from ._config import add_config_arguments, read_config

NAME = "run"
HELP = "Serve a configuration until told to stop"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, and where to leave the process id."""
    add_config_arguments(parser)
    parser.add_argument("--pidfile", metavar="FILE", help="write the process id there")


def run(args: argparse.Namespace) -> int:
    """Exit status 0 after a graceful stop, 1 if it cannot start, 2 if it was stopped at once."""
    logs.set_up()
    adapted = read_config(args)
    if args.pidfile:
        write_pid(Path(args.pidfile))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(Runtime(adapted, lambda: read_config(args)).run())


def write_pid(path: Path) -> None:
    """Write our process id; RuntimeFault if the file cannot be written."""
    try:
        path.write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise RuntimeFault(f"cannot write {path}: {error.strerror}") from error
