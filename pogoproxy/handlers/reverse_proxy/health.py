"""`health_checks`: which upstreams may be asked. Active checks ask them, passive ones watch what requests meet."""

from __future__ import annotations

import msgspec

from ...adapt.network import split_host_port
from ...adapt.readers import number, status_class
from ...adapt.weak import integer
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, flag, text
from ...module import Duration


class ActiveHealthChecks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A request to each upstream every `interval` (30s), answered within `timeout` (5s).

    `passes` and `fails` (1 each) in a row change an upstream's health. `expect_status` is 2xx by default, one digit
    is a class; `expect_body` is a regular expression; of an answer's body `max_size` bytes are read.
    `path` is the old name of `uri`.
    """

    path: str = ""
    uri: str = ""
    upstream: str = ""
    port: int = 0
    headers: dict[str, tuple[str, ...]] = {}
    method: str = ""
    body: str = ""
    follow_redirects: bool = False
    interval: Duration = 0
    timeout: Duration = 0
    passes: int = 0
    fails: int = 0
    max_size: int = 0
    expect_status: int = 0
    expect_body: str = ""


class PassiveHealthChecks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """On with a `fail_duration`: so long a failure counts, and `max_fails` (1) of them take an upstream out.

    A failure is a failed dial or a timeout, a status of `unhealthy_status`, or an answer that took longer than
    `unhealthy_latency`. With `unhealthy_request_count` requests at a time an upstream is full.
    """

    fail_duration: Duration = 0
    max_fails: int = 0
    unhealthy_request_count: int = 0
    unhealthy_status: tuple[int, ...] = ()
    unhealthy_latency: Duration = 0


class HealthChecks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Both kinds."""

    active: ActiveHealthChecks | None = None
    passive: PassiveHealthChecks | None = None


def _upstream(cursor: Cursor) -> str:
    word = cursor.word()
    try:
        _, port = split_host_port(word.text)
    except ValueError as wrong:
        raise word.error(f"health_upstream is malformed '{word.text}': {wrong}") from None
    try:
        integer(port)
    except ValueError as wrong:
        raise word.error(f"bad port number '{word.text}': {wrong}") from None
    return word.text


def _headers(cursor: Cursor) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for line in cursor.block():
        fields[line.name] = fields.get(line.name, ()) + (line.texts() or ("",))
    return dict(sorted(fields.items()))


def _statuses(cursor: Cursor) -> tuple[int, ...]:
    return tuple(map(status_class, cursor.words(least=1)))


ACTIVE_ROWS = {
    "health_uri": Row("uri", text),
    "health_path": Row("path", text),
    "health_upstream": Row("upstream", _upstream),
    "health_port": Row(
        "port",
        number,
        refuses={"upstream": "the 'health_port' subdirective is ignored if 'health_upstream' is used!"},
    ),
    "health_headers": Row("headers", _headers),
    "health_method": Row("method", text),
    "health_request_body": Row("body", text),
    "health_follow_redirects": Row("follow_redirects", flag),
    "health_interval": Row("interval", duration),
    "health_timeout": Row("timeout", duration),
    "health_passes": Row("passes", number),
    "health_fails": Row("fails", number),
    "health_status": Row("expect_status", lambda cursor: status_class(cursor.word())),
    "health_body": Row("expect_body", text),
}
"""The subdirectives that begin with `health_`."""

PASSIVE_ROWS = {
    "fail_duration": Row("fail_duration", duration),
    "max_fails": Row("max_fails", number),
    "unhealthy_request_count": Row("unhealthy_request_count", number),
    "unhealthy_status": Row("unhealthy_status", _statuses, adds=True),
    "unhealthy_latency": Row("unhealthy_latency", duration),
}
