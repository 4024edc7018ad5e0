"""What `trust` and `untrust` share: which root is meant."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from urllib.parse import quote

from ..errors import RuntimeFault
from ._admin import get
from ._config import add_config_arguments, read_admin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which authority, and where the server is that has it."""
    add_config_arguments(parser)
    parser.add_argument("--ca", default="local", metavar="ID", help="the authority (default: local)")
    parser.add_argument("--cert", default="", metavar="FILE", help="a root certificate in PEM (default: ask a server)")
    parser.add_argument("--address", default="", metavar="HOST:PORT", help="the admin API (default: as configured)")


def root_of(args: argparse.Namespace) -> str:
    """The root's certificate in PEM; RuntimeFault if it is not to be had."""
    if args.cert:
        try:
            return Path(args.cert).read_text()
        except OSError as error:
            raise RuntimeFault(f"{args.cert}: {(error.strerror or '').lower()}") from None
    answer = json.loads(get(read_admin(args), args.address, f"/pki/ca/{quote(args.ca, safe='')}"))
    return str(answer["root_certificate"])
