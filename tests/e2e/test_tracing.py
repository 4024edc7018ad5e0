"""Traces of the real binary: from a client through a front to an application and its job, and to a collector."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.conftest import Server, eventually

pytestmark = pytest.mark.e2e

TRACE = "0af7651916cd43dd8448eb211c80319c"

SHOP = """
from pogoproxy import spawn, traceparent


class Tell:
    def handle(self, args):
        return traceparent()


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    told = dict(scope["headers"]).get(b"traceparent", b"").decode()
    job = await spawn("traced:Tell", {})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{told} {job}".encode()})
"""

SITE = """
{
	admin off
	fronts 1
	pogo {
		worker traced
	}
}
:PORT {
	log
	tracing {
		span "{method} {path}"
	}
	app traced:application {
		workers 1
	}
}
"""


class Collector(HTTPServer):
    """Takes spans as OTLP over HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Take)
        self.spans: list[tuple[str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Take(BaseHTTPRequestHandler):
    """Keeps each span's name and trace."""

    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.server.spans += [(span.name, span.trace_id.hex()) for span in scope.spans]
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    made = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{made.server_address[1]}")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    yield made
    made.shutdown()
    made.server_close()


def test_a_trace_goes_to_the_application_its_job_the_log_and_the_collector(
    serve: Callable[..., Server], tmp_path: Path, collector: Collector
) -> None:
    (tmp_path / "traced.py").write_text(SHOP)
    server = serve(SITE)
    answer = server.get("/page", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    told, job = answer.text.split()
    assert told.split("-")[1] == TRACE
    assert told.split("-")[2] != "b7ad6b7169203331"
    assert job == told
    assert eventually(lambda: ("GET /page", TRACE) in collector.spans, 20)
    assert eventually(lambda: f'"traceID":"{TRACE}"' in server.log)
