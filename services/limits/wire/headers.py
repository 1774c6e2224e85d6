"""Reads header blocks (HPACK, RFC 7541).

We ask the peer to use no dynamic table, which makes each block stand for itself. Until it has acknowledged that, it may
use one of 4,096 bytes, so there is one.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Final

from services.limits.wire.frames import Code, ConnectionFault
from services.limits.wire.huffman import HuffmanFault, decode
from services.limits.wire.static_table import STATIC

Field = tuple[str, str | None]
"""A name, empty where it is none that a field may have, and a value, None where nobody wants to know it."""

MOST_FIELDS: Final = 256
TABLE_BYTES: Final = 4_096
_FIELD_BYTES: Final = 32  # what each field counts beside its name and value
_HUFFMAN: Final = 0x80
_NAME: Final = re.compile(r":?[!#$%&'*+\-.^_`|~0-9a-z]+")
_LARGEST: Final = 2**28
# Names and values that came before, by their bytes: few differ, and to decode one anew takes ten microseconds.
_MOST_REMEMBERED: Final = 1_024
_LONGEST_REMEMBERED: Final = 128


class HeaderDecoder:
    """Decodes the blocks of one connection, in the order in which they arrive."""

    def __init__(self, wanted: frozenset[str]) -> None:
        """`wanted` are the names of the fields whose values are needed."""
        self._wanted = wanted
        self._entries: deque[tuple[str, str, int]] = deque()  # name, value, size; the newest first
        self._held = 0
        self._capacity = TABLE_BYTES
        self._most = TABLE_BYTES
        self._texts: dict[bytes, str] = {}
        self._names: dict[bytes, str] = {}
        self.size = 0
        """How large the fields of the last block are, as HTTP/2 counts them, values as they came."""

    def forbid_table(self) -> None:
        """The peer has acknowledged that there is no dynamic table: its next block begins by saying so."""
        self._most = 0

    def decode(self, block: bytes) -> list[Field]:
        """The fields of a block.

        Raises:
            ConnectionFault: the block is not what an encoder makes, or has more than 256 fields. The state of the two
                sides differs from then on.
        """
        try:
            return self._decode(block)
        except (IndexError, HuffmanFault):
            raise ConnectionFault(Code.COMPRESSION_ERROR, "a header block that cannot be read") from None

    def _decode(self, block: bytes) -> list[Field]:
        at = self._resize(block)
        fields: list[Field] = []
        end, size = len(block), 0
        while at < end:
            first = block[at]
            if first & 0x80:
                index, at = integer(block, at, 0x7F)
                field = self._entry(index)
                size += len(field[0]) + len(field[1]) + _FIELD_BYTES
                fields.append(field)
            elif first & 0xE0 == 0x20:
                raise ConnectionFault(Code.COMPRESSION_ERROR, "a table that is resized within a block")
            else:
                begin = at
                at = self._literal(block, at, fields)
                size += at - begin + _FIELD_BYTES
            if len(fields) > MOST_FIELDS:
                raise ConnectionFault(Code.ENHANCE_YOUR_CALM, "too many header fields")
        self.size = size
        return fields

    def _literal(self, block: bytes, at: int, fields: list[Field]) -> int:
        """Reads a field that begins at `at` and is no reference; returns where it ends."""
        kept = block[at] & 0x40
        index, at = integer(block, at, 0x3F if kept else 0x0F)
        if index:
            name = self._entry(index)[0]
            length = len(name)
        else:
            until = _string(block, at)
            name, length, at = self._name(block[at:until]), until - at, until
        until = _string(block, at)
        if kept and self._capacity:
            value = self._text(block[at:until])
            if not index:
                length = len(self._text(block[at - length : at]))
            self._insert(name, value, length + len(value) + _FIELD_BYTES)
            fields.append((name, value))
        else:
            fields.append((name, self._text(block[at:until]) if name in self._wanted else None))
        return until

    def _resize(self, block: bytes) -> int:
        """Follows what the block says about the table at its beginning; returns where its fields begin."""
        at = 0
        while at < len(block) and block[at] & 0xE0 == 0x20:
            size, at = integer(block, at, 0x1F)
            if size > self._most:
                raise ConnectionFault(Code.COMPRESSION_ERROR, "a table that is larger than allowed")
            self._capacity = size
            self._evict(0)
        if self._capacity > self._most:
            raise ConnectionFault(Code.COMPRESSION_ERROR, "a table that should be gone")
        return at

    def _entry(self, index: int) -> tuple[str, str]:
        if 0 < index < len(STATIC):
            return STATIC[index]
        if index == 0:
            raise IndexError
        return self._entries[index - len(STATIC)][:2]

    def _insert(self, name: str, value: str, size: int) -> None:
        self._evict(size)
        if size <= self._capacity:
            self._entries.appendleft((name, value, size))
            self._held += size

    def _evict(self, needed: int) -> None:
        while self._entries and self._held + needed > self._capacity:
            self._held -= self._entries.pop()[2]

    def _name(self, coded: bytes) -> str:
        name = self._names.get(coded)
        if name is None:
            text = self._text(coded)
            name = text if _NAME.fullmatch(text) else ""
            _remember(self._names, coded, name)
        return name

    def _text(self, coded: bytes) -> str:
        """The string of its bytes, the length before them included."""
        text = self._texts.get(coded)
        if text is None:
            _, begin = integer(coded, 0, 0x7F)
            raw = decode(coded[begin:]) if coded[0] & _HUFFMAN else coded[begin:]
            text = str(raw, "latin-1")
            _remember(self._texts, coded, text)
        return text


def _remember(memory: dict[bytes, str], coded: bytes, text: str) -> None:
    if len(coded) <= _LONGEST_REMEMBERED:
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        memory[coded] = text


def _string(block: bytes, at: int) -> int:
    """Where the string that begins at `at` ends."""
    size, begin = block[at] & 0x7F, at + 1
    if size == 0x7F:
        size, begin = integer(block, at, 0x7F)
    if begin + size > len(block):
        raise IndexError
    return begin + size


def integer(block: bytes, at: int, most: int) -> tuple[int, int]:
    """The number whose first byte is at `at`, in the bits of `most`, and where what follows it begins."""
    value = block[at] & most
    at += 1
    if value < most:
        return value, at
    shift = 0
    while True:
        byte = block[at]
        at += 1
        value += (byte & 0x7F) << shift
        if value > _LARGEST or shift > 28:
            raise IndexError
        shift += 7
        if byte < 0x80:
            return value, at
