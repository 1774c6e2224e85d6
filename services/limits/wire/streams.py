"""The streams of one connection: what arrives on them becomes calls, and what calls come to is sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final

import grpc

from services.limits.wire import frames
from services.limits.wire.budget import Budget
from services.limits.wire.call import Call
from services.limits.wire.frames import Code, ConnectionFault, StreamFault
from services.limits.wire.gate import Gate, too_large
from services.limits.wire.head import check_trailers, read_head
from services.limits.wire.headers import Field
from services.limits.wire.outbox import Outbox
from services.limits.wire.peer import Peer
from services.limits.wire.replies import failure, refusal
from services.runtime.exceptions import DeadlineExceeded

CONNECTION_WINDOW: Final = 1_048_576
"""How much data a connection may bring before it gets new credit, in bytes. A stream needs no more than HTTP/2 gives it
from the start: the largest message is smaller."""
_CALL_SECONDS: Final = 5.0
"""The timeout of every method, for requests that do not come to an end: decisions end by themselves long before."""
# Resets that may come at once, and each second: whoever gives up on what a slow machine did not answer stays below.
_RESETS: Final = (1_024, 100.0)


class Streams:
    """Keeps the calls of a connection, each from its request's head to its answer's end."""

    def __init__(self, gate: Gate, peer: Peer, outbox: Outbox, most: int, idle: Callable[[], None]) -> None:
        """`most` calls may be under way at once; `idle` hears whenever none is left."""
        self._gate = gate
        self._peer = peer
        self._outbox = outbox
        self._most = most
        self._idle = idle
        self._calls: dict[int, Call] = {}
        self._resets = Budget(*_RESETS)
        self._wasted = Budget(*frames.IDLE_FRAMES)
        self._allowance = CONNECTION_WINDOW
        self.last = 0
        """The highest number that a client has given."""
        self.closed = False
        """Whether new calls are refused."""

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return bool(self._calls)

    # What arrives.

    def block(self, stream: int, fields: list[Field], size: int, ended: bool) -> None:
        """A header block is whole, whose fields have `size` bytes as HTTP/2 counts them."""
        try:
            if stream > self.last:
                self.last = stream
                self._begin(stream, fields, size, ended)
            else:
                self._end(stream, fields, ended)
        except StreamFault as fault:
            self._break(stream, fault)

    def data(self, flags: int, stream: int, payload: bytes) -> None:
        """A part of a request's body."""
        self._allow(len(payload))
        if flags & frames.PADDED:
            payload = frames.unpadded(flags, payload)
        call, last = self._calls.get(stream), flags & frames.END_STREAM
        if call is None or call.complete:  # it crossed our answer on the way
            self._check_begun(stream)
            _spend(self._wasted)
            return
        call.body += payload
        problem = too_large(call.body)
        if last:
            call.complete = True
        else:
            _spend(self._wasted)
        if problem is not None:
            call.fail(problem)
        elif last:
            self._gate.serve(call)

    def reset(self, flags: int, stream: int, payload: bytes) -> None:
        """Nobody waits for a call any more."""
        frames.check_size(payload, 4)
        self._check_begun(stream)
        _spend(self._resets)
        self._give_up(stream)

    def widen(self, flags: int, stream: int, payload: bytes) -> None:
        """The peer takes more data, on a stream or altogether."""
        frames.check_size(payload, 4)
        credit = int.from_bytes(payload, "big") & frames.LARGEST_WINDOW
        if not stream:
            if not credit:
                raise ConnectionFault(Code.PROTOCOL_ERROR, "credit of nothing")
            self._forget(self._outbox.widen(credit))
            return
        self._check_begun(stream)
        call = self._calls.get(stream)
        if call is None:
            return
        try:
            if not credit:
                raise StreamFault(Code.PROTOCOL_ERROR, "credit of nothing")
            self._forget(self._outbox.widen_stream(call, credit))
        except StreamFault as fault:
            self._break(stream, fault)

    def resize(self, window: int) -> None:
        """The peer says how much data each stream may send before it gets credit."""
        self._forget(self._outbox.resize(window, self._calls.values()))

    # What calls come to.

    def answer(self, call: Call, message: bytes) -> None:
        """Sends the answer to a call that is open."""
        call.open = False
        self._gate.ended(call, self._peer)
        if self._outbox.answer(call, message):
            self._forget((call,))

    def fail(self, call: Call, error: Exception) -> None:
        """Tells a caller who waits that his call failed."""
        call.open = False
        self._outbox.put(failure(call.id, self._gate.failed(call, self._peer, error)))
        self._stop(call)

    def end_late(self) -> None:
        """Ends the calls whose request does not come to an end, and those whose answer nobody takes."""
        late = time.perf_counter() - _CALL_SECONDS
        for call in [call for call in self._calls.values() if call.began < late]:
            if call.open:
                call.fail(DeadlineExceeded())
            else:
                self._outbox.put(frames.reset(call.id, Code.CANCEL))
                self._give_up(call.id)

    def interrupt(self, error: Exception) -> None:
        """All calls that are open fail."""
        for call in list(self._calls.values()):
            call.fail(error)

    def abandon(self) -> None:
        """The connection is gone, and with it everybody who waits."""
        calls, self._calls = self._calls, {}
        for call in calls.values():
            self._cancel(call)

    def _begin(self, stream: int, fields: list[Field], size: int, ended: bool) -> None:
        head = read_head(fields, size)
        if self.closed or len(self._calls) >= self._most:
            raise StreamFault(Code.REFUSED_STREAM, "no more streams")
        call = Call(self, stream, head.request_id, self._outbox.first_window, time.perf_counter())
        self._calls[stream] = call
        call.complete = ended
        if head.status != 200:
            call.open = False
            self._outbox.put(refusal(stream, head.status))
            self._stop(call)
            return
        try:
            self._gate.admit(call, head.path, self._peer)
        except Exception as error:
            call.fail(error)
            return
        if ended:
            self._gate.serve(call)

    def _end(self, stream: int, fields: list[Field], ended: bool) -> None:
        call = self._calls.get(stream)
        if call is None or call.complete:
            _spend(self._wasted)
            return
        check_trailers(fields)
        if not ended:
            raise StreamFault(Code.PROTOCOL_ERROR, "trailers that do not end the stream")
        call.complete = True
        self._gate.serve(call)

    def _allow(self, size: int) -> None:
        """Counts data, and gives new credit when half of it is used. What is unread is bounded by the calls."""
        self._allowance -= size
        if self._allowance < 0:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "more data than allowed")
        if self._allowance < CONNECTION_WINDOW // 2:
            self._outbox.put(frames.window_update(0, CONNECTION_WINDOW - self._allowance))
            self._allowance = CONNECTION_WINDOW

    def _check_begun(self, stream: int) -> None:
        if not stream & 1 or stream > self.last:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "a stream that was not begun")

    def _break(self, stream: int, fault: StreamFault) -> None:
        _spend(self._resets)
        self._outbox.put(frames.reset(stream, fault.code))
        self._give_up(stream)

    def _stop(self, call: Call) -> None:
        """A call that is answered before its request has ended does not want the rest of it."""
        if not call.complete:
            self._outbox.put(frames.reset(call.id, Code.NO_ERROR))
        self._forget((call,))

    def _give_up(self, stream: int) -> None:
        call = self._calls.get(stream)
        if call is not None:
            self._cancel(call)
            self._forget((call,))

    def _cancel(self, call: Call) -> None:
        self._outbox.drop(call)
        if call.open:
            call.open = False
            self._gate.ended(call, self._peer, grpc.StatusCode.CANCELLED)

    def _forget(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._calls.pop(call.id, None)
        if not self._calls:
            self._idle()


def _spend(budget: Budget) -> None:
    if not budget.spend(time.monotonic()):
        raise ConnectionFault(Code.ENHANCE_YOUR_CALM, "too much of what asks for nothing")
