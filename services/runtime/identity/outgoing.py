"""What a call to another service takes along from the call that makes it."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from opentelemetry import propagate, trace

from services.runtime.auth.tokens import HEADER
from services.runtime.call import REQUEST_ID_KEY, Call, current_or_none

_TRACE_CONTEXT = ("traceparent", "tracestate")

Entries = list[tuple[str, str | bytes]]


class Outgoing:
    """The timeout, the metadata and the span of one sub-call. Outside of an rpc it takes along what it is given."""

    __slots__ = ("_span", "metadata", "timeout")

    def __init__(
        self,
        path: str,
        timeout: float | None,
        metadata: Iterable[tuple[str, str | bytes]] | None,
        tracer: trace.Tracer | None,
    ) -> None:
        self.timeout = timeout
        self.metadata: Entries = list(metadata or ())
        self._span: trace.Span | None = None
        call = current_or_none()
        if call is not None:
            self._inherit(call, path, tracer)

    def _inherit(self, call: Call, path: str, tracer: trace.Tracer | None) -> None:
        left = call.remaining()
        if left is not None:
            self.timeout = left if self.timeout is None else min(left, self.timeout)
        if not any(key == REQUEST_ID_KEY for key, _ in self.metadata):
            self.metadata.append((REQUEST_ID_KEY, call.request_id))
        if not any(key == HEADER for key, _ in self.metadata):
            self.metadata += _token(call)
        if call.span is not None:
            self._trace(path, tracer)
        else:
            # Not kept, or not known here: whoever comes next must hear of the same trace and the same decision.
            self.metadata += [entry for entry in call.metadata if entry[0] in _TRACE_CONTEXT]

    def _trace(self, path: str, tracer: trace.Tracer | None) -> None:
        """A span of the client's view, where the trace is kept; its context, or the parent's, goes along."""
        context = None
        if tracer is not None and trace.get_current_span().is_recording():
            service, _, method = path[1:].partition("/")
            self._span = tracer.start_span(
                path[1:],
                kind=trace.SpanKind.CLIENT,
                attributes={"rpc.system": "grpc", "rpc.service": service, "rpc.method": method},
            )
            context = trace.set_span_in_context(self._span)
        carrier: dict[str, str] = {}
        propagate.inject(carrier, context)
        self.metadata.extend(carrier.items())

    def follow(self, running: Any) -> None:
        """Ends the span with the call."""
        if self._span is not None:
            running.add_done_callback(self._done)

    def _done(self, running: Any) -> None:
        # The code of a call, even of one that is done, is told by a coroutine only.
        task = asyncio.ensure_future(self._end(running))
        _ENDING.add(task)
        task.add_done_callback(_ENDING.discard)

    async def _end(self, running: Any) -> None:
        span = self._span
        assert span is not None
        code: grpc.StatusCode = await running.code()
        span.set_attribute("rpc.grpc.status_code", code.value[0])
        if code is not grpc.StatusCode.OK:  # to its client every failure of a call is one, as OpenTelemetry asks
            span.set_status(trace.StatusCode.ERROR)
        span.end()


def _token(call: Call) -> Entries:
    """The token on whose behalf the call is made; a header that is none, such as a client's password, stays here."""
    if call.principal is None or not call.principal.token_id:
        return []
    return [(HEADER, call.headers[HEADER])]


# The loop keeps weak references only.
_ENDING: set["asyncio.Future[None]"] = set()
