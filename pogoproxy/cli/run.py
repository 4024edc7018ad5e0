"""`pogoproxy run`: serve a configuration until told to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from pathlib import Path

import uvloop

from ..errors import RuntimeFault
from ..logs.setup import install, router_of
from ..notify import Notifier
from ..runtime import Runtime
from ._config import add_config_arguments, add_run_arguments, read_config

NAME = "run"
HELP = "Serve a configuration until told to stop"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, and whom to tell."""
    add_config_arguments(parser)
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Exit status 0 after a graceful stop, 1 if it cannot start, 2 if it was stopped at once."""
    install(router_of(None))
    try:
        return _run(args)
    finally:
        logging.shutdown()  # what is queued comes before the error that ends us


def _run(args: argparse.Namespace) -> int:
    adapted = read_config(args)
    if args.pidfile:
        write_pid(Path(args.pidfile))
    notifier = Notifier(os.environ.pop("NOTIFY_SOCKET", ""), args.ready_fd)
    runtime = Runtime(adapted, lambda: read_config(args), notifier)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(runtime.run())


def write_pid(path: Path) -> None:
    """Write our process id; RuntimeFault if the file cannot be written."""
    try:
        path.write_text(f"{os.getpid()}\n")
    except OSError as error:
        raise RuntimeFault(f"cannot write {path}: {error.strerror}") from error
