"""What is sent on one connection: one write for each turn of the loop, and no more than the peer has room for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from services.limits.wire.call import Call
from services.limits.wire.frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    FIRST_WINDOW,
    HEADERS,
    LARGEST_FRAME,
    LARGEST_WINDOW,
    Code,
    ConnectionFault,
    StreamFault,
    frame,
)
from services.limits.wire.replies import HEADERS_BLOCK, OK_TRAILERS, framed

# The frames of an answer but for the number of its stream, which stands in each: the 16-bit lengths are constant.
_HEAD: Final = frame(HEADERS, END_HEADERS, 0, HEADERS_BLOCK)
_TAIL: Final = frame(HEADERS, END_HEADERS | END_STREAM, 0, OK_TRAILERS)
_BEFORE, _BEHIND = 5, 9  # where the number of the stream is in a frame
_HEAD_BEGIN, _HEAD_END = _HEAD[:_BEFORE], _HEAD[_BEHIND:]
_TAIL_BEGIN, _TAIL_END = _TAIL[:_BEFORE], _TAIL[_BEHIND:]


class Outbox:
    """Collects frames and writes them at the end of the turn; keeps data for which a window has no room.

    While the transport holds more than it should (`paused`), nothing is written.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._ready: list[bytes] = []
        self._waiting: dict[Call, bytes] = {}
        self._window = FIRST_WINDOW
        self.first_window = FIRST_WINDOW
        """How much data a new stream may send."""
        self.paused = False

    def put(self, frames: bytes) -> None:
        """Sends frames that need no window."""
        if not self._ready:
            self._loop.call_soon(self.flush)
        self._ready.append(frames)

    def answer(self, call: Call, message: bytes) -> bool:
        """Sends an answer; whether it is on its way as a whole, or its end waits for the peer."""
        size = len(message) + 5
        if size > LARGEST_FRAME or size > call.window or size > self._window:
            self.put(frame(HEADERS, END_HEADERS, call.id, HEADERS_BLOCK))
            self._waiting[call] = framed(message)
            return self._send(call)
        self._window -= size
        stream = call.id.to_bytes(4, "big")
        sized = (size << 16).to_bytes(5, "big")  # the length, and kind and flags, which are 0
        said = b"\x00" + (size - 5).to_bytes(4, "big")
        self.put(
            b"".join((_HEAD_BEGIN, stream, _HEAD_END, sized, stream, said, message, _TAIL_BEGIN, stream, _TAIL_END))
        )
        return True

    def drop(self, call: Call) -> None:
        """The stream of a call is gone."""
        self._waiting.pop(call, None)

    def widen(self, credit: int) -> list[Call]:
        """The peer takes so much more data on the connection; returns the calls whose answers are whole with that.

        Raises:
            ConnectionFault: more than there can be.
        """
        self._window += credit
        if self._window > LARGEST_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "a window that is too large")
        return self._send_waiting()

    def widen_stream(self, call: Call, credit: int) -> list[Call]:
        """The same for one stream.

        Raises:
            StreamFault: more than there can be.
        """
        call.window += credit
        if call.window > LARGEST_WINDOW:
            raise StreamFault(Code.FLOW_CONTROL_ERROR, "a window that is too large")
        return [call] if call in self._waiting and self._send(call) else []

    def resize(self, window: int, calls: Iterable[Call]) -> list[Call]:
        """The peer says anew how much data each stream may send; those under way follow.

        Raises:
            ConnectionFault: one of them could then send more than there can be.
        """
        change, self.first_window = window - self.first_window, window
        for call in calls:
            call.window += change
            if call.window > LARGEST_WINDOW:
                raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "a window that is too large")
        return self._send_waiting()

    def flush(self) -> None:
        """Writes what is ready, unless the transport has enough."""
        if self._ready and not self.paused and not self._transport.is_closing():
            self._transport.write(b"".join(self._ready))
            self._ready.clear()

    def _send_waiting(self) -> list[Call]:
        """Sends what there is room for, in the order in which it came; returns the calls that are done."""
        done: list[Call] = []
        for call in list(self._waiting):
            if self._window <= 0:
                break
            if self._send(call):
                done.append(call)
        return done

    def _send(self, call: Call) -> bool:
        """Sends what there is room for of an answer; whether that was the end of it."""
        left = self._waiting[call]
        while left and (room := min(self._window, call.window, LARGEST_FRAME, len(left))) > 0:
            self.put(frame(DATA, 0, call.id, left[:room]))
            self._window -= room
            call.window -= room
            left = left[room:]
        if left:
            self._waiting[call] = left
            return False
        del self._waiting[call]
        self.put(frame(HEADERS, END_HEADERS | END_STREAM, call.id, OK_TRAILERS))
        return True
