"""`tracing` at work: a span for each request, whose context the upstream, the application and its jobs are told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...errors import HandlerError
from ...http.exchange import Endpoint, Exchange, Middleware
from ...http.headers import HeaderList, replace
from ...http.placeholders import template
from ...http.request_placeholders import split_host
from ...http.writer import WriterWrapper
from .spans import Spans

if TYPE_CHECKING:
    from opentelemetry.trace import Span


class _StatusWatcher(WriterWrapper):
    """Knows the answer's status."""

    __slots__ = ("status",)

    status: int

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        self.status = status
        await self.inner.start(status, headers, length)


def traced(spans: Spans, name: str, attributes: Mapping[str, str]) -> Middleware:
    """The handler; `name` and the values of `attributes` may have placeholders, the latter of the answer, too."""
    named = template(name)
    wanted = [(key, template(value)) for key, value in attributes.items()]

    def middleware(following: Endpoint) -> Endpoint:
        async def endpoint(exchange: Exchange) -> None:
            span = spans.start(named(exchange), _carried(exchange.headers), _attributes(exchange))
            _tell(exchange, span, spans.fields(span))
            watcher = _StatusWatcher(exchange.writer)
            watcher.status = 200
            exchange.writer = watcher
            try:
                await following(exchange)
            except HandlerError as error:
                watcher.status = error.status
                raise
            except BaseException:
                watcher.status = 500
                raise
            finally:
                for key, value in wanted:
                    span.set_attribute(key, value(exchange))
                _end(span, watcher.status)

        return endpoint

    return middleware


def _carried(headers: HeaderList) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _attributes(exchange: Exchange) -> dict[str, str | int]:
    """OpenTelemetry's semantic conventions for HTTP servers (opentelemetry.io/docs/specs/semconv/http/http-spans)."""
    host, port = split_host(exchange.host)
    found: dict[str, str | int] = {
        "http.request.method": exchange.original_method,
        "url.scheme": exchange.scheme,
        "url.path": exchange.target.partition("?")[0],
        "url.query": exchange.query,
        "server.address": host,
        "server.port": int(port) if port.isdigit() else 0,
        "client.address": exchange.client_ip,
        "network.peer.address": exchange.remote[0],
        "network.peer.port": exchange.remote[1],
        "network.protocol.version": f"{exchange.version[0]}.{exchange.version[1]}".removesuffix(".0"),
    }
    return {name: value for name, value in found.items() if value}


def _tell(exchange: Exchange, span: Span, fields: Mapping[str, str]) -> None:
    """Have the upstream, placeholders and the access log know of the span."""
    exchange.remember_received()
    for name, value in fields.items():
        replace(exchange.headers, name.encode(), value.encode())
    context = span.get_span_context()
    if context.is_valid:
        trace_id, span_id = f"{context.trace_id:032x}", f"{context.span_id:016x}"
        exchange.vars |= {"trace_id": trace_id, "span_id": span_id}
        exchange.log_fields["traceID"] = lambda _: trace_id
        exchange.log_fields["spanID"] = lambda _: span_id


def _end(span: Span, status: int) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
    span.end()
