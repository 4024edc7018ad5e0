"""FrankenPHP's workers: scripts that are booted once and serve many requests.

worker <file> [<number>|watch]
worker { file, name, num, max_threads, env, watch, match, max_consecutive_failures }
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.readers import number, pair
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_block, text

WATCHED = ("./**/*.{env,php,twig,yaml,yml}",)
"""What `watch` without patterns means."""


class Worker(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One script. It is given up after `max_consecutive_failures` (6), never if that is -1."""

    name: str = ""
    file_name: str = ""
    num: int = 0
    max_threads: int = 0
    env: dict[str, str] = msgspec.field(default_factory=dict)
    watch: tuple[str, ...] = ()
    match_path: tuple[str, ...] = ()
    max_consecutive_failures: int = 0


def read_worker(cursor: Cursor) -> Worker:
    """The worker of a line and its block; ConfigError if it has no file."""
    given: dict[str, Any] = {}
    if file := cursor.maybe():
        given["file_name"] = file.text
    if second := cursor.peek():
        if second.text == "watch":
            cursor.word()
            given["watch"] = WATCHED
        else:
            given["num"] = count(cursor)
    if extra := cursor.maybe():
        raise extra.error(f'FrankenPHP: too many "worker" arguments: {extra.text}')
    fields = read_block(cursor, ROWS, given=given, unknown=UNKNOWN)
    if not fields.get("file_name"):
        raise cursor.segment.error('the "file" argument must be specified')
    return Worker(**fields | {"env": dict(sorted(fields.get("env", ())))})


def count(cursor: Cursor) -> int:
    """One argument, an integer that is not negative."""
    found = number(cursor)
    if found < 0:
        raise cursor.error(f'strconv.ParseUint: parsing "{found}": invalid syntax')
    return found


def _watch(cursor: Cursor) -> tuple[str, ...]:
    return cursor.texts() or WATCHED


def _match(cursor: Cursor) -> tuple[str, ...]:
    paths = [path.lower() for path in cursor.texts()]
    if "*" in paths:
        paths[0] = "*"  # it matches anyway, so it is tried first
    return tuple(paths)


def _failures(cursor: Cursor) -> int:
    found = number(cursor)
    if found < -1:
        raise cursor.error("max_consecutive_failures must be >= -1")
    return found


ROWS = {
    "name": Row("name", text),
    "file": Row("file_name", text),
    "num": Row("num", count),
    "max_threads": Row("max_threads", count),
    "env": Row("env", pair, adds=True),
    "watch": Row("watch", _watch, adds=True),
    "match": Row("match_path", _match),
    "max_consecutive_failures": Row("max_consecutive_failures", _failures),
}
UNKNOWN = f'unknown "worker" subdirective: {{}} (allowed directives are: {", ".join(ROWS)})'
