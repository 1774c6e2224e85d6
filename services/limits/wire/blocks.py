"""Header blocks, which may come in several frames."""

from __future__ import annotations

from typing import Final

from services.limits.wire import frames
from services.limits.wire.frames import Code, ConnectionFault
from services.limits.wire.headers import Field, HeaderDecoder

# Twice what the fields of a request may hold; and nobody needs more frames than that takes.
_LARGEST: Final = 32_768
_MOST_FRAMES: Final = 8
_PRIORITY_BYTES: Final = 5


class Blocks:
    """Puts blocks together and decodes them, one after another."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._decoder = HeaderDecoder(wanted)
        self._stream = 0
        self._ended = False
        self._parts = 0
        self._block = b""
        self._whole = False

    @property
    def open(self) -> bool:
        """Whether a block has begun and not ended."""
        return self._stream != 0

    @property
    def size(self) -> int:
        """How large the fields of the last block are, as HTTP/2 counts them."""
        return self._decoder.size

    def forbid_table(self) -> None:
        """See `HeaderDecoder.forbid_table`."""
        self._decoder.forbid_table()

    def begin(self, flags: int, stream: int, payload: bytes) -> None:
        """A block begins."""
        if flags & (frames.PADDED | frames.WITH_PRIORITY):
            payload = frames.unpadded(flags, payload)
            if flags & frames.WITH_PRIORITY:
                if len(payload) < _PRIORITY_BYTES:
                    raise ConnectionFault(Code.FRAME_SIZE_ERROR, "a priority that is cut off")
                payload = payload[_PRIORITY_BYTES:]
        self._stream, self._block, self._parts = stream, payload, 1
        self._ended = bool(flags & frames.END_STREAM)
        self._whole = bool(flags & frames.END_HEADERS)

    def go_on(self, flags: int, stream: int, payload: bytes) -> None:
        """A block goes on.

        Raises:
            ConnectionFault: another one does, or none; or it is too long.
        """
        if not stream or stream != self._stream:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "what goes on has not begun")
        self._block += payload
        self._parts += 1
        self._whole = bool(flags & frames.END_HEADERS)
        if len(self._block) > _LARGEST or self._parts > _MOST_FRAMES:
            raise ConnectionFault(Code.ENHANCE_YOUR_CALM, "a header block that is too long")

    def take(self) -> tuple[int, list[Field], bool] | None:
        """The block, once it is whole: its stream, its fields, and whether it ends the stream.

        Raises:
            ConnectionFault: it cannot be decoded.
        """
        if not self._whole:
            return None
        stream, self._stream, self._whole = self._stream, 0, False
        return stream, self._decoder.decode(self._block), self._ended
