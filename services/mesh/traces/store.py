"""The spans of the latest traces, within bounds of number and memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.mesh.traces.span import summary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.mesh.traces.span import Span, Summary

# What a span takes beside its texts: the object, its tuple and their slots, measured with tracemalloc.
_SPAN_BYTES = 600
_ATTRIBUTE_BYTES = 180
_NEVER = 1 << 63


class TraceNotFound(Exception):
    """No span of the trace is kept: it was not sampled, is too long ago, or is still on its way."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(f"no span of the trace {trace_id} was kept: it was not sampled, or is too long ago")
        self.trace_id = trace_id


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept. At the first limit that is reached, the oldest trace goes."""

    spans: int = 100_000
    size: int = 64 * 1024 * 1024
    """In bytes, estimated."""
    spans_of_a_trace: int = 10_000
    """What one trace sends beyond that is dropped, so that it cannot push out all others."""


@dataclass(slots=True)
class _Trace:
    spans: dict[str, Span] = field(default_factory=dict)
    size: int = 0
    failed: bool = False
    start_ns: int = _NEVER
    end_ns: int = 0

    def add(self, span: Span, size: int) -> None:
        self.spans[span.span_id] = span
        self.size += size
        self.failed = self.failed or span.failed
        self.start_ns = min(self.start_ns, span.start_ns)
        self.end_ns = max(self.end_ns, span.end_ns)


class TraceStore:
    """Spans by trace, the trace that began to arrive first first."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._traces: OrderedDict[str, _Trace] = OrderedDict()
        self.spans = 0
        """How many are kept."""
        self.size = 0
        """How much memory they take, in bytes, estimated."""
        self.dropped = 0
        """How many were given up for want of room."""

    def add(self, spans: Iterable[Span]) -> None:
        """Keeps spans. One that was sent again, since its sender did not hear of the first time, is kept once."""
        for span in spans:
            trace = self._traces.setdefault(span.trace_id, _Trace())
            if span.span_id in trace.spans:
                continue
            if len(trace.spans) >= self._limits.spans_of_a_trace:
                self.dropped += 1
                continue
            size = _size(span)
            trace.add(span, size)
            self.size += size
            self.spans += 1
        while (self.spans > self._limits.spans or self.size > self._limits.size) and self._traces:
            self._drop_oldest()

    def get(self, trace_id: str) -> tuple[Span, ...]:
        """All spans of a trace by their start.

        Raises:
            TraceNotFound: there are none.
        """
        trace = self._traces.get(trace_id)
        if trace is None:
            raise TraceNotFound(trace_id)
        return tuple(sorted(trace.spans.values(), key=lambda span: span.start_ns))

    def latest(self, limit: int, *, failed: bool = False, min_ns: int = 0) -> tuple[Summary, ...]:
        """The latest traces, the newest first: only those with an error when `failed`, and at least `min_ns` long."""
        found: list[Summary] = []
        for trace in reversed(self._traces.values()):
            # Most are passed over by what is known of them already: a summary looks at every span.
            if (trace.failed or not failed) and trace.end_ns - trace.start_ns >= min_ns:
                kept = summary(tuple(trace.spans.values()))
                if kept.duration_ns >= min_ns:
                    found.append(kept)
            if len(found) >= limit:
                break
        # They arrive nearly, but not quite, in the order they began.
        return tuple(sorted(found, key=lambda kept: kept.start_ns, reverse=True))

    def _drop_oldest(self) -> None:
        _, trace = self._traces.popitem(last=False)
        self.spans -= len(trace.spans)
        self.size -= trace.size
        self.dropped += len(trace.spans)


def _size(span: Span) -> int:
    texts = len(span.name) + sum(len(key) + len(value) for key, value in span.attributes)
    return _SPAN_BYTES + texts + _ATTRIBUTE_BYTES * len(span.attributes)
