"""One connection of a client that calls unary methods of gRPC over HTTP/2."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

import structlog

from services.limits.wire import frames
from services.limits.wire.blocks import Blocks
from services.limits.wire.budget import Budget
from services.limits.wire.frames import Code, ConnectionFault, FrameReader
from services.limits.wire.gate import Gate
from services.limits.wire.head import LARGEST_BYTES, WANTED
from services.limits.wire.lifetime import Lifetime
from services.limits.wire.outbox import Outbox
from services.limits.wire.peer import ANYBODY, peer_of
from services.limits.wire.streams import CONNECTION_WINDOW, Streams

_LOG = structlog.get_logger("wire")
_WRITE_BUFFER: Final = 262_144


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one connection may be used for."""

    streams: int
    """Calls at once."""
    seconds: float
    """How long it takes new calls."""


_Heard = Callable[["Connection"], None]


class Connection(asyncio.Protocol):
    """Reads frames, answers those that concern the connection, and hands the others to its streams."""

    def __init__(self, gate: Gate, bounds: Bounds, opened: _Heard, closed: _Heard) -> None:
        """`opened` hears when the peer may speak, `closed` when nothing of the connection is left."""
        self._loop = asyncio.get_running_loop()
        self._gate = gate
        self._bounds = bounds
        self._opened = opened
        self._closed = closed
        self._frames = FrameReader()
        self._blocks = Blocks(WANTED)
        self._idle_frames = Budget(*frames.IDLE_FRAMES)
        self._dead = False
        self.configured = False
        """Whether the peer has begun as HTTP/2 wants it."""

    # What the event loop says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        transport.set_write_buffer_limits(_WRITE_BUFFER)
        secured = transport.get_extra_info("ssl_object")
        self._peer = ANYBODY if secured is None else peer_of(secured.getpeercert())
        self._outbox = Outbox(transport, self._loop)
        self._streams = Streams(self._gate, self._peer, self._outbox, self._bounds.streams, self._end_when_done)
        self.lifetime = Lifetime(self, self._streams, self._loop.time(), self._bounds.seconds)
        self._handlers: dict[int, Callable[[int, int, bytes], None]] = {
            frames.DATA: self._streams.data,
            frames.HEADERS: self._headers,
            frames.CONTINUATION: self._continuation,
            frames.RST_STREAM: self._streams.reset,
            frames.SETTINGS: self._settings,
            frames.PING: self._ping,
            frames.GOAWAY: self._goaway,
            frames.WINDOW_UPDATE: self._streams.widen,
            frames.PUSH_PROMISE: _refuse_promise,
        }
        self._opened(self)
        self._greet()
        if secured is not None and secured.selected_alpn_protocol() != "h2":
            self.end(Code.PROTOCOL_ERROR, "no agreement to speak HTTP/2")

    def data_received(self, data: bytes) -> None:
        if self._dead:
            return
        self.lifetime.heard(self._loop.time())
        try:
            for kind, flags, stream, payload in self._frames.feed(data):
                self._receive(kind, flags, stream, payload)
        except ConnectionFault as fault:
            self.end(fault.code, fault.problem)
        except Exception as error:
            _LOG.error("a connection ends by a fault of ours", exc_info=error)
            self.end(Code.INTERNAL_ERROR)

    def pause_writing(self) -> None:
        # Who does not read answers may not ask either: what we hold for him stays bounded.
        self._outbox.paused = True
        self._transport.pause_reading()
        self.lifetime.stuck(self._loop.time())

    def resume_writing(self) -> None:
        self._outbox.paused = False
        self._outbox.flush()
        if not self._outbox.paused:
            self._transport.resume_reading()
            self.lifetime.moving()

    def connection_lost(self, error: Exception | None) -> None:
        self._dead = True
        self._streams.abandon()
        self._closed(self)

    # What the server says.

    def send(self, frame: bytes) -> None:
        """Sends a frame that needs no window."""
        self._outbox.put(frame)

    def leave(self) -> None:
        """Takes no new call; ends when none is left."""
        self._streams.closed = True
        self.send(frames.goaway(self._streams.last, Code.NO_ERROR))
        self._end_when_done()

    def end(self, code: Code, problem: str = "") -> None:
        """Ends the connection and says why; calls that are under way are given up."""
        if self._dead:
            return
        _LOG.info("connection ended", peer=self._peer.workload, code=code.name, problem=problem)
        self._dead = True
        self._outbox.put(frames.goaway(self._streams.last, code, problem))
        self._outbox.flush()
        self._streams.abandon()
        # To close now, with something unread, would take back what was just said.
        self.lifetime.linger(self._loop.time())

    def abort(self) -> None:
        """Ends the connection without a word."""
        self._transport.abort()

    def interrupt(self, error: Exception) -> None:
        """Tells those who wait that their calls failed."""
        self._streams.interrupt(error)

    def _greet(self) -> None:
        said = (
            (frames.HEADER_TABLE_SIZE, 0),
            (frames.MAX_CONCURRENT_STREAMS, self._bounds.streams),
            (frames.MAX_HEADER_LIST_SIZE, LARGEST_BYTES),
        )
        self.send(frames.settings(said) + frames.window_update(0, CONNECTION_WINDOW - frames.FIRST_WINDOW))

    def _end_when_done(self) -> None:
        if self._streams.closed and not self._streams.busy and not self._dead:
            self._dead = True
            self._outbox.flush()
            self._transport.close()

    # Frames.

    def _receive(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if self._dead:  # by a frame before this one
            return
        if self._blocks.open and kind != frames.CONTINUATION:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "a header block that is interrupted")
        if not self.configured and (kind != frames.SETTINGS or flags & frames.ACK):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "no settings at the beginning")
        handler = self._handlers.get(kind)
        if handler is None:  # PRIORITY, which means nothing any more, and what we do not know
            self._spend()
        else:
            handler(flags, stream, payload)

    def _headers(self, flags: int, stream: int, payload: bytes) -> None:
        if not stream & 1:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "a stream with a number that no client may give")
        self._blocks.begin(flags, stream, payload)
        self._take_block()

    def _continuation(self, flags: int, stream: int, payload: bytes) -> None:
        self._blocks.go_on(flags, stream, payload)
        self._take_block()

    def _take_block(self) -> None:
        done = self._blocks.take()
        if done is not None:
            stream, fields, ended = done
            self._streams.block(stream, fields, self._blocks.size, ended)

    def _settings(self, flags: int, stream: int, payload: bytes) -> None:
        _check_whole(stream)
        self._spend()
        if flags & frames.ACK:
            frames.check_size(payload, 0)
            self._blocks.forbid_table()
            return
        for key, value in frames.read_settings(payload):
            if key == frames.INITIAL_WINDOW_SIZE:
                self._streams.resize(value)
        self.configured = True
        self.send(frames.frame(frames.SETTINGS, frames.ACK, 0))

    def _ping(self, flags: int, stream: int, payload: bytes) -> None:
        _check_whole(stream)
        frames.check_size(payload, 8)
        self._spend()
        if flags & frames.ACK:
            self.lifetime.echoed(payload)
        else:
            self.send(frames.frame(frames.PING, frames.ACK, 0, payload))

    def _goaway(self, flags: int, stream: int, payload: bytes) -> None:
        _check_whole(stream)
        if len(payload) < 8:
            raise ConnectionFault(Code.FRAME_SIZE_ERROR, "a farewell that is cut off")
        self.lifetime.leave()

    def _spend(self) -> None:
        if not self._idle_frames.spend(time.monotonic()):
            raise ConnectionFault(Code.ENHANCE_YOUR_CALM, "too many frames that ask for nothing")


def _check_whole(stream: int) -> None:
    if stream:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "a frame about the connection that names a stream")


def _refuse_promise(flags: int, stream: int, payload: bytes) -> None:
    raise ConnectionFault(Code.PROTOCOL_ERROR, "a promise by a client")
