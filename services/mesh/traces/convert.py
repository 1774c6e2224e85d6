"""From spans to the messages of `malha.mesh.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.mesh.v1 import trace_pb2

from services.mesh.times import duration_of_nanoseconds, timestamp_of_nanoseconds

if TYPE_CHECKING:
    from services.mesh.traces.span import Span, Summary


def span_to_proto(span: Span) -> trace_pb2.Span:
    """A span."""
    return trace_pb2.Span(
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        service=span.service,
        replica=span.replica,
        name=span.name,
        kind=span.kind,
        start_time=timestamp_of_nanoseconds(span.start_ns),
        duration=duration_of_nanoseconds(span.duration_ns),
        failed=span.failed,
        attributes=dict(span.attributes),
    )


def summary_to_proto(summary: Summary) -> trace_pb2.TraceSummary:
    """A trace by its first span."""
    return trace_pb2.TraceSummary(
        trace_id=summary.trace_id,
        service=summary.service,
        name=summary.name,
        start_time=timestamp_of_nanoseconds(summary.start_ns),
        duration=duration_of_nanoseconds(summary.duration_ns),
        spans=summary.spans,
        failed=summary.failed,
    )
