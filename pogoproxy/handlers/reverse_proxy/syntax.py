"""`reverse_proxy [<matcher>] [<upstreams...>] { … }`.

to <upstreams...>               dynamic <source> …
lb_policy, lb_retries, lb_try_duration, lb_try_interval, lb_retry_match
health_uri, health_interval …   fail_duration, max_fails, unhealthy_status …
flush_interval, request_buffers, response_buffers, stream_timeout, stream_close_delay, stream_buffer_size
trusted_proxies <ranges...>     header_up, header_down    method <method>    rewrite <to>
transport <name> { … }          @name …    replace_status …    handle_response …    verbose_logs
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import handler
from ...adapt.readers import guest
from ...adapt.weak import integer
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Parts, Row, duration, flag, parted, read_parts, size, text
from ...matchers.ip_ranges import written_out
from ..headers import Operations
from ..response_handler import ResponseHandler, is_about_responses, read_response_handlers
from .address import Upstreams
from .balancing import LoadBalancing, balancing_rows
from .config import HeaderChanges, RequestLine, ReverseProxy, Upstream
from .health import ACTIVE_ROWS, PASSIVE_ROWS, ActiveHealthChecks, HealthChecks, PassiveHealthChecks
from .http_transport import HTTPTransport
from .sources import UpstreamSource
from .transport import Transport

UNLIMITED = -1

_SENT_ANYWAY = {
    "x-forwarded-for": ("{http.request.remote}", "{http.request.remote.host}"),
    "x-forwarded-proto": ("{http.request.scheme}",),
    "x-forwarded-host": ("{http.request.host}", "{http.request.hostport}"),
}
"""What upstreams are told of the request without being asked to."""


@dataclass(frozen=True)
class Preset:
    """What a directive that stands for a proxy decides before the user does."""

    transport: Transport | None = None
    rewrite: Mapping[str, str] = field(default_factory=dict)
    request_header: Mapping[str, str] = field(default_factory=dict)
    responses: tuple[ResponseHandler, ...] = ()


def read_proxy(cursor: Cursor, adaptation: Adaptation, preset: Preset | None = None) -> ReverseProxy:
    """The proxy of what is left of a segment, of which a matcher must have been taken before."""
    preset = preset or Preset()
    words = cursor.words()
    about_responses, others = parted(cursor, is_about_responses)
    up, down = Operations(preset.request_header), Operations()
    given = {"own": {"transport": preset.transport}} if preset.transport else {}
    parts = read_parts(others, _parts(adaptation, up, down), given=given)
    own = parts.get("own", {})
    upstreams = Upstreams.of((*words, *own.get("to", ())))
    transport = _transport(own.get("transport"), upstreams.scheme, cursor)
    rewrite = {**preset.rewrite, **parts.get("rewrite", {})}
    return ReverseProxy(
        transport=msgspec.UNSET if transport is None else adaptation.emit(transport),
        load_balancing=LoadBalancing(**parts["balancing"]) if "balancing" in parts else None,
        health_checks=_health_checks(parts),
        upstreams=tuple(Upstream(dial=dial) for dial in upstreams.dials),
        headers=_header_changes(up, down, are_named="headers" in parts),
        rewrite=RequestLine(**rewrite) if rewrite else None,
        handle_response=read_response_handlers(about_responses.block(), adaptation, preset.responses),
        **parts.get("proxy", {}),
    )


def _parts(adaptation: Adaptation, up: Operations, down: Operations) -> Parts:
    return {
        "own": {
            "to": Row("to", lambda cursor: cursor.words(least=1), adds=True),
            "transport": Row(
                "transport",
                lambda cursor: adaptation.guest(Transport, cursor),
                refuses={"transport": "transport already specified"},
            ),
        },
        "proxy": _PROXY_ROWS
        | {
            "dynamic": Row(
                "dynamic_upstreams",
                guest(UpstreamSource, adaptation),
                refuses={"dynamic_upstreams": "dynamic upstreams already specified"},
            )
        },
        "balancing": balancing_rows(adaptation),
        "active": ACTIVE_ROWS,
        "passive": PASSIVE_ROWS,
        "rewrite": {"method": Row("method", text), "rewrite": Row("uri", text)},
        "headers": {
            "header_up": Row("", lambda cursor: _header_up(cursor, up, adaptation)),
            "header_down": Row("", lambda cursor: _header_operation(cursor, down)),
        },
    }


def _header_up(cursor: Cursor, operations: Operations, adaptation: Adaptation) -> dict[str, Any]:
    match cursor.segment.args:
        case (field, value) if value.text in _SENT_ANYWAY.get(field.text.lower(), ()):
            adaptation.warn(f"header_up {field.text} is not needed: every proxy sends it so", field.span)
    return _header_operation(cursor, operations)


def _header_operation(cursor: Cursor, operations: Operations) -> dict[str, Any]:
    """Reads into the operations, which add up in ways of their own; so there is no field to set."""
    word = cursor.word()
    operations.read(cursor, word.text, is_response=False)
    return {}


def _header_changes(up: Operations, down: Operations, *, are_named: bool) -> HeaderChanges | None:
    if not are_named and up.is_empty:
        return None
    return HeaderChanges(
        request=None if up.is_empty else up.request(),
        response=None if down.is_empty else down.response(),
    )


def _transport(transport: Transport | None, scheme: str, cursor: Cursor) -> Transport | None:
    """What is written down for upstreams of that scheme: nothing for plain HTTP."""
    try:
        speaking = (transport or HTTPTransport()).speaking(scheme)
    except ValueError as wrong:
        raise cursor.segment.error(str(wrong)) from None
    return None if speaking == HTTPTransport() else speaking


def _health_checks(parts: Mapping[str, dict[str, Any]]) -> HealthChecks | None:
    if not parts.keys() & {"active", "passive"}:
        return None
    return HealthChecks(
        active=ActiveHealthChecks(**parts["active"]) if "active" in parts else None,
        passive=PassiveHealthChecks(**parts["passive"]) if "passive" in parts else None,
    )


def _interval(cursor: Cursor) -> int:
    """A duration; a number without a unit is nanoseconds, for the sake of -1."""
    word = cursor.peek()
    try:
        nanoseconds = integer(word.text) if word else None
    except ValueError:
        nanoseconds = None
    if nanoseconds is None:
        return duration(cursor)
    cursor.word()
    return nanoseconds


def _buffer(cursor: Cursor) -> int:
    word = cursor.peek()
    if word is None or word.text != "unlimited":
        return size(cursor)
    cursor.word()
    return UNLIMITED


_PROXY_ROWS = {
    "flush_interval": Row("flush_interval", _interval),
    "request_buffers": Row("request_buffers", _buffer),
    "response_buffers": Row("response_buffers", _buffer),
    "stream_buffer_size": Row("stream_buffer_size", _buffer),
    "stream_timeout": Row("stream_timeout", _interval),
    "stream_close_delay": Row("stream_close_delay", _interval),
    "trusted_proxies": Row("trusted_proxies", lambda cursor: written_out(cursor.texts()), adds=True),
    "verbose_logs": Row("verbose_logs", flag, refuses={"verbose_logs": "verbose_logs already specified"}),
}


def syntax(cursor: Cursor, adaptation: Adaptation) -> ReverseProxy:
    """The proxy as the user writes it."""
    return read_proxy(cursor, adaptation)


DIRECTIVE = handler("reverse_proxy", syntax)
