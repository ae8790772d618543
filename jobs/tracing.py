"""Spans of runs and their steps for OpenTelemetry, where the extra `otel` is installed and KEQUN_TRACES_URL says where
they go. Names of connections and counts; no data. Without either nothing is traced and nothing is loaded."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any


class ExtraMissing(LookupError):
    """Traces are wanted, and what makes them is not installed."""


Span = Callable[..., AbstractContextManager[Any]]


def silent(name: str, **facts: str | int) -> AbstractContextManager[Any]:
    """Nobody looks."""
    return nullcontext()


@contextmanager
def traced(url: str | None, worker: str) -> Iterator[Span]:
    """Gives what opens a span. `url`: of an OTLP collector, as in http://127.0.0.1:4318/v1/traces. What is under way is
    sent before the block ends. Raises ExtraMissing when the extra is not installed."""
    if url is None:
        yield silent
        return
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.sdk") is None:
        raise ExtraMissing("KEQUN_TRACES_URL needs the extra `otel`: pip install 'kequn[otel]'")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "kequn", "service.instance.id": worker}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    tracer = provider.get_tracer("kequn")
    try:
        # The words of an error may quote data.
        yield lambda name, **facts: tracer.start_as_current_span(
            name, attributes=facts, record_exception=False, set_status_on_exception=False
        )
    finally:
        provider.shutdown()
