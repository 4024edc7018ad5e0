"""`pogoproxy hash-password`: what `basic_auth` wants in place of a password."""

from __future__ import annotations

import argparse
import getpass
import sys

from ..errors import PogoError

NAME = "hash-password"
HELP = "Hash a password for basic_auth"
DEFAULT_COST = 14
"""As Caddy's: about a second, since a guess must be dear."""
LONGEST = 72
"""Bytes; bcrypt looks at no more, so a longer password would be cut unseen."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As Caddy's, as far as bcrypt goes."""
    parser.add_argument(
        "-p", "--plaintext", metavar="PASSWORD", help="the password; else it is asked for, or read from stdin"
    )
    parser.add_argument("-a", "--algorithm", choices=["bcrypt"], default="bcrypt", help="only bcrypt is offered")
    parser.add_argument(
        "--bcrypt-cost", type=_cost, default=DEFAULT_COST, metavar="N", help="4 to 31, each twice as slow (default 14)"
    )


def run(args: argparse.Namespace) -> int:
    """Print the hash. The password on the command line is seen by every user of the machine, so asking is better."""
    password = (args.plaintext if args.plaintext is not None else ask()).encode()
    if not password:
        raise PogoError("plaintext is required")
    if len(password) > LONGEST:
        raise PogoError(f"bcrypt: password length exceeds {LONGEST} bytes")
    if b"\0" in password:
        raise PogoError("a password cannot hold a NUL byte")
    print(hash_password(password, args.bcrypt_cost))
    return 0


def hash_password(password: bytes, cost: int) -> str:
    """The bcrypt hash in its usual text form, `$2a$COST$…`; PogoError if bcrypt is not installed."""
    try:
        import bcrypt
    except ModuleNotFoundError:
        raise PogoError("hash-password needs the package bcrypt: pip install 'pogoproxy[auth]'") from None
    return bcrypt.hashpw(password, bcrypt.gensalt(cost, prefix=b"2a")).decode()


def ask() -> str:
    """The password from the terminal, asked for twice and not shown, or the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Enter password: ")
    if getpass.getpass("Confirm password: ") != password:
        raise PogoError("the passwords do not match")
    return password


def _cost(text: str) -> int:
    cost = int(text)
    if not 4 <= cost <= 31:
        raise argparse.ArgumentTypeError("must be from 4 to 31")
    return cost
