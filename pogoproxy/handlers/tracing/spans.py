"""OpenTelemetry's SDK: spans for a process, exported as the environment says (`OTEL_*`, opentelemetry.io/docs/specs).

The SDK is an extra. Nothing of it is imported before a configuration asks for it, and its thread and its exporter are
made for the first span, so that a process that only looks at a configuration makes none.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

_LAST_SPANS = 2.0
"""Seconds to export what is queued when a process ends; the collector may be gone."""

_EXPORTERS = {
    "console": ("opentelemetry.sdk.trace.export", "ConsoleSpanExporter"),
    "http/protobuf": ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OTLPSpanExporter"),
    "grpc": ("opentelemetry.exporter.otlp.proto.grpc.trace_exporter", "OTLPSpanExporter"),
}
_MISSING = "tracing needs OpenTelemetry: pip install 'pogoproxy[tracing]'"


class Spans:
    """A process's spans. `exporter` takes the place of what the environment says."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._exporter = exporter
        self._provider: TracerProvider | None = None
        self._tracer: Tracer | None = None

    def check(self) -> None:
        """ConfigError if spans could not be made or exported."""
        try:
            importlib.import_module("opentelemetry.sdk.trace")
            importlib.import_module("opentelemetry.propagate")
        except ImportError:
            raise ConfigError(_MISSING) from None
        except ValueError as error:
            raise ConfigError(f"OTEL_PROPAGATORS: {error}") from None
        _exporter_type()

    def start(self, name: str, fields: Mapping[str, str], attributes: Mapping[str, str | int]) -> Span:
        """A server's span, which continues the trace that a request's header fields tell of, if they do."""
        from opentelemetry import propagate
        from opentelemetry.trace import SpanKind

        tracer = self._tracer or self._start()
        return tracer.start_span(name, propagate.extract(fields), SpanKind.SERVER, attributes)

    def fields(self, span: Span) -> dict[str, str]:
        """The header fields that tell others of a span (W3C Trace Context, unless `OTEL_PROPAGATORS` names others)."""
        from opentelemetry import propagate, trace

        carrier: dict[str, str] = {}
        propagate.inject(carrier, trace.set_span_in_context(span))
        return carrier

    def _start(self) -> Tracer:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"webengine.name": "pogoproxy"})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = self._exporter or _new_exporter()
        if exporter is not None:
            self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("pogoproxy")
        return self._tracer

    async def close(self) -> None:
        """Export what is queued, for a moment at most."""
        if self._provider is None:
            return
        ending = threading.Thread(target=self._provider.shutdown, name="spans", daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, _LAST_SPANS)


def _exporter_type() -> Any:
    """The class of the exporter that the environment names, None for none; ConfigError if it cannot be had."""
    name = os.environ.get("OTEL_TRACES_EXPORTER") or "otlp"
    if name == "none":
        return None
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
    known = _EXPORTERS.get((protocol or "http/protobuf") if name == "otlp" else name)
    if known is None:
        raise ConfigError(f"OTEL_TRACES_EXPORTER {name!r} over {protocol!r} is not supported")
    module, kind = known
    try:
        return getattr(importlib.import_module(module), kind)
    except ImportError:
        package = ".".join(module.split(".")[:-1]).replace(".", "-")
        raise ConfigError(f"this environment's OTEL_* variables need the package {package}") from None


def _new_exporter() -> SpanExporter | None:
    found = _exporter_type()
    exporter: SpanExporter | None = None if found is None else found()
    return exporter
