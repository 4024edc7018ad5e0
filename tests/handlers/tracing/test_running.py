"""Spans of requests: continued from the client, told to the upstream, the log and placeholders."""

from __future__ import annotations

import re
import sys
from typing import Any

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from pogoproxy.errors import ConfigError, HandlerError
from pogoproxy.handlers.tracing import Spans, Tracing
from pogoproxy.http.exchange import Endpoint, Exchange
from pogoproxy.module import Context
from pogoproxy.standard import REGISTRY
from tests.exchanges import make

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Traced:
    """The handler in front of an endpoint, and the spans that came of it."""

    def __init__(self, following: Endpoint, **config: Any) -> None:
        self.exporter = InMemorySpanExporter()
        self.service = Spans(self.exporter)
        context = Context(REGISTRY, {Spans: self.service})
        self.endpoint = msgspec.convert(config, Tracing).provision(context)(following)

    async def spans(self) -> Any:
        await self.service.close()
        return self.exporter.get_finished_spans()


async def created(exchange: Exchange) -> None:
    await exchange.writer.start(201, [], 0)


async def test_a_trace_is_continued_and_told_on():
    traced = Traced(created)
    exchange, _ = make(headers=[(b"Traceparent", PARENT.encode()), (b"tracestate", b"a=b")])
    await traced.endpoint(exchange)
    (span,) = await traced.spans()
    assert f"{span.context.trace_id:032x}" == PARENT[3:35]
    assert f"{span.parent.span_id:016x}" == PARENT[36:52]
    fields = {name.lower(): value for name, value in exchange.headers}
    assert fields[b"traceparent"].decode() == f"{PARENT[:36]}{span.context.span_id:016x}-01"
    assert fields[b"tracestate"] == b"a=b"
    assert exchange.as_received == ("example.com", [(b"Traceparent", PARENT.encode()), (b"tracestate", b"a=b")])


async def test_the_log_and_placeholders_know_the_trace():
    exchange, _ = make()
    traced = Traced(created)
    await traced.endpoint(exchange)
    (span,) = await traced.spans()
    assert exchange.vars == {
        "trace_id": f"{span.context.trace_id:032x}",
        "span_id": f"{span.context.span_id:016x}",
    }
    assert exchange.log_fields["traceID"](exchange) == exchange.vars["trace_id"]
    assert exchange.log_fields["spanID"](exchange) == exchange.vars["span_id"]


async def test_a_span_tells_of_request_and_answer():
    traced = Traced(
        created,
        span="{http.request.method} {http.request.uri.path}",
        span_attributes={"who": "{http.request.header.X-Who}"},
    )
    exchange, _ = make("/a?b=c", method="PUT", headers=[(b"X-Who", b"me")], host="example.com:81")
    await traced.endpoint(exchange)
    (span,) = await traced.spans()
    assert (span.name, span.kind) == ("PUT /a", SpanKind.SERVER)
    assert dict(span.attributes) == {
        "http.request.method": "PUT",
        "url.scheme": "http",
        "url.path": "/a",
        "url.query": "b=c",
        "server.address": "example.com",
        "server.port": 81,
        "network.protocol.version": "1.1",
        "http.response.status_code": 201,
        "who": "me",
    }


@pytest.mark.parametrize(("error", "status"), [(HandlerError(503), 503), (ZeroDivisionError(), 500)])
async def test_failures_mark_the_span(error, status):
    async def failing(exchange: Exchange) -> None:
        raise error

    traced = Traced(failing)
    with pytest.raises(type(error)):
        await traced.endpoint(make()[0])
    (span,) = await traced.spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["http.response.status_code"] == status


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigError, match=re.escape("pip install 'pogoproxy[tracing]'")):
        Spans().check()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier/pigeon", "is not supported"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "is not supported"),
    ],
)
def test_an_environment_that_asks_for_what_is_not_there_is_refused(monkeypatch, name, value, message):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=message):
        Spans().check()


async def test_no_exporter_is_made_where_none_is_wanted(monkeypatch):
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    spans = Spans()
    spans.start("x", {}, {}).end()
    await spans.close()
