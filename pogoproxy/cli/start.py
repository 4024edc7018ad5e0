"""`pogoproxy start`: `run` in the background."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from ..errors import RuntimeFault
from ._config import add_config_arguments, add_run_arguments

NAME = "start"
HELP = "Serve a configuration in the background"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of `run`."""
    add_config_arguments(parser)
    add_run_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Return when it serves; RuntimeFault if it ends instead, after it has said why on the stderr that is ours, too."""
    ready, told = os.pipe()
    command = [sys.executable, "-m", "pogoproxy", "run", *_passed_on(args), "--ready-fd", str(told)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[told], start_new_session=True)
    os.close(told)
    with os.fdopen(ready, "rb") as pipe:
        if pipe.read():
            print(f"pogoproxy runs in the background, process {process.pid}")
            process.returncode = 0  # it is on its own from now on
            return 0
    raise RuntimeFault(f"it ended with status {process.wait()}")


def _passed_on(args: argparse.Namespace) -> list[str]:
    flags = {"--config": args.config or args.file, "--adapter": args.adapter, "--pidfile": args.pidfile}
    given = [word for flag, value in flags.items() if value for word in (flag, value)]
    return given + [word for path in args.envfile for word in ("--envfile", path)]
