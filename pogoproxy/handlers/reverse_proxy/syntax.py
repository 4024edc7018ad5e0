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
    return _Reader(adaptation, preset or Preset()).read(cursor)


class _Reader:
    """Reads one proxy: what its lines add to, and cannot say by themselves."""

    def __init__(self, adaptation: Adaptation, preset: Preset) -> None:
        self.adaptation = adaptation
        self.preset = preset
        self.upstreams = Upstreams()
        self.transport: Transport | None = None
        self.up, self.down = Operations(), Operations()
        for name, value in preset.request_header.items():
            self.up.set[name] = (value,)

    def read(self, cursor: Cursor) -> ReverseProxy:
        for word in cursor.words():
            self.upstreams.add(word)
        about_responses, others = parted(cursor, is_about_responses)
        parts = read_parts(others, self._parts())
        transport = self._transport(cursor)
        responses = read_response_handlers(about_responses.block(), self.adaptation, self.preset.responses)
        rewrite = {**self.preset.rewrite, **parts.get("rewrite", {})}
        return ReverseProxy(
            transport=msgspec.UNSET if transport is None else self.adaptation.emit(transport),
            load_balancing=LoadBalancing(**parts["balancing"]) if "balancing" in parts else None,
            health_checks=_health_checks(parts),
            upstreams=tuple(Upstream(dial=dial) for dial in self.upstreams.dials),
            headers=self._headers("headers" in parts),
            rewrite=RequestLine(**rewrite) if rewrite else None,
            handle_response=responses,
            **parts.get("proxy", {}),
        )

    def _parts(self) -> Parts:
        sources = guest(UpstreamSource, self.adaptation)
        twice = {"dynamic_upstreams": "dynamic upstreams already specified"}
        return {
            "proxy": _PROXY_ROWS | {"dynamic": Row("dynamic_upstreams", sources, refuses=twice)},
            "balancing": balancing_rows(self.adaptation),
            "active": ACTIVE_ROWS,
            "passive": PASSIVE_ROWS,
            "rewrite": {"method": Row("method", text), "rewrite": Row("uri", text)},
            "own": {"to": Row("", self._to), "transport": Row("", self._read_transport)},
            "headers": {"header_up": Row("", self._header_up), "header_down": Row("", self._header_down)},
        }

    def _to(self, cursor: Cursor) -> dict[str, Any]:
        for word in cursor.words(least=1):
            self.upstreams.add(word)
        return {}

    def _read_transport(self, cursor: Cursor) -> dict[str, Any]:
        if self.transport or self.preset.transport:
            raise cursor.error("transport already specified")
        found = self.adaptation.guest(Transport, cursor)
        assert isinstance(found, Transport)
        self.transport = found
        return {}

    def _header_up(self, cursor: Cursor) -> dict[str, Any]:
        match cursor.segment.args:
            case (field, value) if value.text in _SENT_ANYWAY.get(field.text.lower(), ()):
                self.adaptation.warn(f"header_up {field.text} is not needed: every proxy sends it so", field.span)
        _header_operation(cursor, self.up)
        return {}

    def _header_down(self, cursor: Cursor) -> dict[str, Any]:
        _header_operation(cursor, self.down)
        return {}

    def _transport(self, cursor: Cursor) -> Transport | None:
        """What is written down: nothing for plain HTTP."""
        scheme = self.upstreams.scheme
        transport = self.transport or (HTTPTransport() if scheme in ("https", "h2c") else None)
        if transport is None:
            return self.preset.transport
        try:
            transport = transport.speaking(scheme)
        except ValueError as wrong:
            raise cursor.segment.error(str(wrong)) from None
        return None if transport == HTTPTransport() else transport

    def _headers(self, are_named: bool) -> HeaderChanges | None:
        if not are_named and self.up.is_empty:
            return None
        return HeaderChanges(
            request=None if self.up.is_empty else self.up.request(),
            response=None if self.down.is_empty else self.down.response(),
        )


def _header_operation(cursor: Cursor, operations: Operations) -> None:
    word = cursor.word()
    operations.read(cursor, word.text, is_response=False)


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
