"""A trace of one's own, by the W3C header `traceparent`, without OpenTelemetry."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

import grpc

from malha.call_details import with_metadata


class TraceContext(NamedTuple):
    """The beginning of a trace that every service keeps, whatever share it keeps of others."""

    trace_id: str
    """32 hexadecimal digits."""
    span_id: str
    """16 hexadecimal digits: the caller's own part, of which nobody is told more."""

    @classmethod
    def fresh(cls) -> TraceContext:
        """A trace that nobody else has."""
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @property
    def traceparent(self) -> str:
        """The header's value; its flag says that the trace is to be kept."""
        return f"00-{self.trace_id}-{self.span_id}-01"


def traced(channel: grpc.Channel, context: TraceContext) -> grpc.Channel:
    """The channel, with all its calls in one trace."""
    return grpc.intercept_channel(channel, _Attach(context.traceparent))


class _Attach(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds the header to a call of any shape."""

    def __init__(self, traceparent: str) -> None:
        self._header = ("traceparent", traceparent)

    def _intercept(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        return continuation(with_metadata(details, self._header), request)

    intercept_unary_unary: Any = _intercept
    intercept_unary_stream: Any = _intercept
    intercept_stream_unary: Any = _intercept
    intercept_stream_stream: Any = _intercept
