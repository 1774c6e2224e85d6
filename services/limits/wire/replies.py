"""Answers as frames: header blocks that need no table, and messages.

Fields are written as literals that nobody is to keep, without Huffman: short, and the same for every peer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from services.limits.wire.frames import END_HEADERS, END_STREAM, HEADERS, LARGEST_FRAME, frame

Fields = Iterable[tuple[str, str]]

_STATUS_200: Final = b"\x88"  # the static table has it whole
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - {ord("%")}


def block(fields: Fields) -> bytes:
    """A header block of these fields, whose names are in lower case."""
    return b"".join(b"\x00" + _string(name) + _string(value) for name, value in fields)


def _string(text: str) -> bytes:
    raw = text.encode("latin-1")
    size = len(raw)
    if size < 0x7F:
        return bytes((size,)) + raw
    head, size = bytearray((0x7F,)), size - 0x7F
    while size >= 0x80:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    head.append(size)
    return bytes(head) + raw


HEADERS_BLOCK: Final = _STATUS_200 + block([("content-type", "application/grpc")])
OK_TRAILERS: Final = block([("grpc-status", "0")])


def failure(stream: int, fields: Fields) -> bytes:
    """An answer without a message, whose only header block says why (gRPC calls it trailers-only)."""
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, HEADERS_BLOCK + _fitting(fields))


def refusal(stream: int, status: int) -> bytes:
    """An answer to what is no call of gRPC, with a status of HTTP."""
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, block([(":status", str(status))]))


def framed(message: bytes) -> bytes:
    """A message as gRPC sends it: not compressed, its length before it."""
    return b"\x00" + len(message).to_bytes(4, "big") + message


def percent_encoded(text: str) -> str:
    """A text as `grpc-message` has it."""
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())


def _fitting(fields: Fields) -> bytes:
    """The fields as a block, without the last ones when they would not go into one frame."""
    kept = list(fields)
    while len(HEADERS_BLOCK) + len(found := block(kept)) > LARGEST_FRAME:
        kept.pop()
    return found
