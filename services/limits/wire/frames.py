"""The frames of HTTP/2 (RFC 9113): how they are told apart in what arrives, and those that are sent."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
LARGEST_FRAME: Final = 16_384
"""What a frame may carry, in bytes, unless its reader says that it takes more. We do not."""
LARGEST_WINDOW: Final = 2**31 - 1
FIRST_WINDOW: Final = 65_535
"""How many bytes of data may be sent on a connection, and on each stream, before anybody says otherwise."""

# Kinds, as plain numbers: they are compared for each frame.
DATA: Final = 0x0
HEADERS: Final = 0x1
PRIORITY: Final = 0x2
RST_STREAM: Final = 0x3
SETTINGS: Final = 0x4
PUSH_PROMISE: Final = 0x5
PING: Final = 0x6
GOAWAY: Final = 0x7
WINDOW_UPDATE: Final = 0x8
CONTINUATION: Final = 0x9

# Flags.
END_STREAM: Final = 0x1
ACK: Final = 0x1
END_HEADERS: Final = 0x4
PADDED: Final = 0x8
WITH_PRIORITY: Final = 0x20

# Settings.
HEADER_TABLE_SIZE: Final = 0x1
ENABLE_PUSH: Final = 0x2
MAX_CONCURRENT_STREAMS: Final = 0x3
INITIAL_WINDOW_SIZE: Final = 0x4
MAX_FRAME_SIZE: Final = 0x5
MAX_HEADER_LIST_SIZE: Final = 0x6

_HEAD: Final = struct.Struct(">IBI")
_PAIR: Final = struct.Struct(">HI")
_HEAD_BYTES: Final = 9
_STREAM_MASK: Final = 0x7FFF_FFFF

IDLE_FRAMES: Final = (4_096, 1_000.0)
"""How many frames that ask for nothing may come at once, and each second: gRPC sends a ping with much that it sends."""

Frame = tuple[int, int, int, bytes]
"""Kind, flags, stream, payload."""


class Code(IntEnum):
    """Why a stream or a connection ends."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    ENHANCE_YOUR_CALM = 0xB


class ConnectionFault(Exception):
    """The peer broke a rule in a way that ends the connection; the message says which one."""

    def __init__(self, code: Code, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


class StreamFault(Exception):
    """The peer broke a rule in a way that ends one stream."""

    def __init__(self, code: Code, problem: str) -> None:
        super().__init__(problem)
        self.code = code


class FrameReader:
    """Cuts what arrives on a connection into frames, the client's preface before them."""

    def __init__(self) -> None:
        self._rest = b""
        self.begun = False
        """Whether the whole preface has been seen."""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with `data`.

        Raises:
            ConnectionFault: at the point where what arrives is no HTTP/2, or a frame is too large.
        """
        data, at = (self._rest + data if self._rest else data), 0
        self._rest = b""
        if not self.begun:
            if not PREFACE.startswith(data[: len(PREFACE)]):
                raise ConnectionFault(Code.PROTOCOL_ERROR, "not HTTP/2")
            if len(data) < len(PREFACE):
                self._rest = data
                return
            self.begun, at = True, len(PREFACE)
        end = len(data)
        while end - at >= _HEAD_BYTES:
            sized, flags, stream = _HEAD.unpack_from(data, at)
            size = sized >> 8
            if size > LARGEST_FRAME:
                raise ConnectionFault(Code.FRAME_SIZE_ERROR, "a frame that is too large")
            begin = at + _HEAD_BYTES
            if end - begin < size:
                break
            at = begin + size
            yield sized & 0xFF, flags, stream & _STREAM_MASK, data[begin:at]
        self._rest = data[at:] if at else data


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame as it is sent."""
    return _HEAD.pack(len(payload) << 8 | kind, flags, stream) + payload


def settings(pairs: Iterable[tuple[int, int]]) -> bytes:
    """The settings that hold from when the peer has acknowledged them."""
    return frame(SETTINGS, 0, 0, b"".join(_PAIR.pack(*pair) for pair in pairs))


def read_settings(payload: bytes) -> list[tuple[int, int]]:
    """The pairs in a frame of settings.

    Raises:
        ConnectionFault: it holds no whole pairs, or a value that its setting cannot have.
    """
    if len(payload) % _PAIR.size:
        raise ConnectionFault(Code.FRAME_SIZE_ERROR, "settings that are cut off")
    pairs = [(int(key), int(value)) for key, value in _PAIR.iter_unpack(payload)]
    for key, value in pairs:
        if key == INITIAL_WINDOW_SIZE and value > LARGEST_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "a window that is too large")
        if key == ENABLE_PUSH and value > 1:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "a switch that is neither on nor off")
        if key == MAX_FRAME_SIZE and not LARGEST_FRAME <= value < 2**24:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "a size of frames that nobody may ask for")
    return pairs


def window_update(stream: int, credit: int) -> bytes:
    """Lets the peer send so many bytes more."""
    return frame(WINDOW_UPDATE, 0, stream, credit.to_bytes(4, "big"))


def reset(stream: int, code: Code) -> bytes:
    """Ends a stream at once."""
    return frame(RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def goaway(last: int, code: Code, problem: str = "") -> bytes:
    """Says that no stream beyond `last` is served."""
    return frame(GOAWAY, 0, 0, struct.pack(">II", last, code) + problem.encode())


def unpadded(flags: int, payload: bytes) -> bytes:
    """What a frame that may be padded really carries.

    Raises:
        ConnectionFault: it is all padding, and more.
    """
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise ConnectionFault(Code.PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]


def check_size(payload: bytes, size: int) -> None:
    """Returns when a frame that has always the same size has that.

    Raises:
        ConnectionFault: it has not.
    """
    if len(payload) != size:
        raise ConnectionFault(Code.FRAME_SIZE_ERROR, "a frame of the wrong size")
