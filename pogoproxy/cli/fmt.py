"""`pogoproxy fmt`: lay out a Caddyfile."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from ..caddyfile.files import decode, read_text
from ..caddyfile.format import first_difference, format_text

NAME = "fmt"
HELP = "Lay out a Caddyfile in the one usual way, and print it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As Caddy's."""
    parser.add_argument("path", nargs="?", metavar="CADDYFILE", help="the file; - is standard input")
    parser.add_argument("-c", "--config", metavar="FILE", help="the file, as Caddy also takes it")
    parser.add_argument("-w", "--overwrite", action="store_true", help="write the file instead of printing it")
    parser.add_argument("-d", "--diff", action="store_true", help="print what would change, marked by - and +")
    parser.set_defaults(usage_error=parser.error)


def run(args: argparse.Namespace) -> int:
    """Exit status 1 if the file was not laid out so and was not overwritten."""
    if args.path and args.config:
        args.usage_error("it formats one file at a time")
    path = args.path or args.config or "Caddyfile"
    if path == "-":
        return _write(format_text(decode(sys.stdin.buffer.read(), "standard input")))
    text = read_text(path)
    formatted = format_text(text)
    if args.overwrite:
        Path(path).write_bytes(formatted.encode())
        return 0
    _write("".join(_difference(text, formatted)) if args.diff else formatted)
    if (line := first_difference(text)) is None:
        return 0
    print(f"Error: {path}:{line}: Caddyfile input is not formatted; use --overwrite to format it", file=sys.stderr)
    return 1


def _write(text: str) -> int:
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()
    return 0


def _difference(before: str, after: str) -> Iterator[str]:
    """All lines, those that stay with two blanks in front."""
    old, new = before.split("\n"), after.split("\n")
    for _, start, end, new_start, new_end in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = old[start:end] == new[new_start:new_end]
        yield from (f"{' ' if same else '-'} {line}\n" for line in old[start:end])
        yield from (f"+ {line}\n" for line in new[new_start:new_end] if not same)
