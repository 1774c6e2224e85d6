"""From spans to the messages of `malha.mesh.v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from malha.mesh.v1 import trace_pb2

if TYPE_CHECKING:
    from services.mesh.traces.span import Span, Summary

_NANOSECONDS = 1_000_000_000


def span_to_proto(span: Span) -> trace_pb2.Span:
    """A span."""
    return trace_pb2.Span(
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        service=span.service,
        replica=span.replica,
        name=span.name,
        kind=span.kind,
        start_time=_time(span.start_ns),
        duration=_duration(span.duration_ns),
        failed=span.failed,
        attributes=dict(span.attributes),
    )


def summary_to_proto(summary: Summary) -> trace_pb2.TraceSummary:
    """A trace by its first span."""
    return trace_pb2.TraceSummary(
        trace_id=summary.trace_id,
        service=summary.service,
        name=summary.name,
        start_time=_time(summary.start_ns),
        duration=_duration(summary.duration_ns),
        spans=summary.spans,
        failed=summary.failed,
    )


def _time(nanoseconds: int) -> Timestamp:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return Timestamp(seconds=seconds, nanos=rest)


def _duration(nanoseconds: int) -> Duration:
    seconds, rest = divmod(nanoseconds, _NANOSECONDS)
    return Duration(seconds=seconds, nanos=rest)
