"""OpenTelemetry: each turn of a world is a span. A request's span is a child of the client's, named by `traceparent`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from locksim.engine.inputs import CallerGone, Command, DeliveryOutcome, DeviceAction, Request, Tick
from locksim.engine.journal import Entry
from locksim.engine.timestamps import iso
from locksim.extras import require

__all__ = ["WriteSpan", "exporter", "span_writer"]

WriteSpan = Callable[[str, Entry, int, int], None]
"""(the world's name, an entry, real microseconds at its begin, and at its end)."""


def exporter() -> Any:
    """Return a provider of tracers that exports over OTLP, as the variables `OTEL_…` say. Raises Refused."""
    sdk = require("opentelemetry.sdk.trace", "otel", "--otel")
    export = require("opentelemetry.sdk.trace.export", "otel", "--otel")
    otlp = require("opentelemetry.exporter.otlp.proto.http.trace_exporter", "otel", "--otel")
    resources = require("opentelemetry.sdk.resources", "otel", "--otel")
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "locksim"}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    return provider


def span_writer(provider: Any) -> WriteSpan:
    """Return what makes a span of an entry. Queries, headers and bodies stay out: they may hold secrets."""
    propagation = require(
        "opentelemetry.trace.propagation.tracecontext", "otel", "--otel"
    ).TraceContextTextMapPropagator()
    tracer = provider.get_tracer("locksim")

    def write(world: str, entry: Entry, began: int, ended: int) -> None:
        name, attributes = _described(entry)
        parent = None
        if isinstance(entry.input, Request):
            parent = propagation.extract({key.lower(): value for key, value in entry.input.headers})
        attributes |= {"locksim.world": world, "locksim.entry": entry.n, "locksim.time": iso(entry.at)}
        span = tracer.start_span(name, context=parent, start_time=began * 1000, attributes=attributes)
        for miss in entry.misses:
            span.add_event("near miss", {"text": miss}, timestamp=began * 1000)
        span.end(ended * 1000)

    return write


def _described(entry: Entry) -> tuple[str, dict[str, Any]]:
    match entry.input:
        case Request(vendor=vendor, site=site, method=method, target=target):
            path = target.partition("?")[0]
            shown: dict[str, Any] = {
                "locksim.vendor": vendor,
                "locksim.site": site,
                "http.request.method": method,
                "url.path": path,
            }
            if entry.answer is not None:
                shown["http.response.status_code"] = entry.answer.status
            return f"{method} {vendor}", shown
        case DeviceAction(vendor=vendor, device=device, action=action):
            return action, {"locksim.vendor": vendor, "locksim.device": device or ""}
        case Command(op=op):
            return op, {}
        case Tick():
            return "tick", {}
        case CallerGone():
            return "caller gone", {}
        case DeliveryOutcome(attempt=attempt):
            return "delivery", {"locksim.attempt": attempt}
    return type(entry.input).__name__, {}
