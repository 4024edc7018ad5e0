"""`pogoproxy environ`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from .. import __version__
from ..caddyfile.envfile import load_envfile

NAME = "environ"
HELP = "Print the environment that a config would see"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As Caddy's."""
    parser.add_argument("--envfile", action="append", default=[], metavar="FILE", help="add the variables of a file")


def run(args: argparse.Namespace) -> int:
    """Print where and what we are, a blank line, and the variables."""
    environ = dict(os.environ)
    for path in args.envfile:
        load_envfile(path, environ)
    print(f"pogoproxy.Version=v{__version__}")
    print(f"platform.System={platform.system()}")
    print(f"platform.Machine={platform.machine()}")
    print(f"python.Version={platform.python_version()}")
    print(f"python.Executable={sys.executable}")
    print(f"os.Cpus={len(os.sched_getaffinity(0))}")
    print(f"os.Getcwd={Path.cwd()}\n")
    for name, value in environ.items():
        print(f"{name}={value}")
    return 0
