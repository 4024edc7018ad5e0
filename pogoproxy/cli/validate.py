"""`pogoproxy validate`: whether `run` would take a configuration."""

from __future__ import annotations

import argparse
import asyncio

from ..config.adapt import Adapted
from ..config.provision import check
from ._config import add_config_arguments, read_config

NAME = "validate"
HELP = "Check that a configuration can be run, without running it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration."""
    add_config_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Say that it is valid; a mistake ends in the error that `run` would end in."""
    validate(read_config(args))
    print("Valid configuration")
    return 0


def validate(adapted: Adapted) -> None:
    """Provision everything once; ConfigError or ConfigErrors for what cannot be run."""
    asyncio.run(check(adapted.config, adapted.origins))
