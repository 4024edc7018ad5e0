"""`pogoproxy adapt`: a configuration as Caddy's native JSON."""

from __future__ import annotations

import argparse
import sys

from ..config.source import yaml_of
from ._config import add_config_arguments, read_config
from .validate import validate

NAME = "adapt"
HELP = "Print a configuration as Caddy's native JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration and the form of the output."""
    add_config_arguments(parser)
    parser.add_argument("-p", "--pretty", action="store_true", help="indent the output")
    parser.add_argument("--validate", action="store_true", help="check that it can be run, too")
    parser.add_argument("--format", choices=("json", "yaml"), default="json", help="the form of the output")


def run(args: argparse.Namespace) -> int:
    """Print the result to stdout, warnings to stderr."""
    adapted = read_config(args)
    if args.validate:
        validate(adapted)
    if args.format == "yaml":
        sys.stdout.write(yaml_of(adapted.text()))
    else:
        sys.stdout.buffer.write(adapted.text(pretty=args.pretty).rstrip() + b"\n")
    return 0
