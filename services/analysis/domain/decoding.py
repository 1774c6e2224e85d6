"""Turns the bytes of a source into text, as Python does (PEP 263)."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from services.analysis.domain.errors import SourceEncodingInvalid, SourceNullCharacter, SourceTooLarge
from services.analysis.domain.findings import Position
from services.analysis.domain.limits import MAX_BYTES
from services.analysis.domain.source import SourceFile

_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
# CPython's tokenizer takes only these spellings beside a byte-order mark: `utf8` is refused.
_UTF8_NAME = re.compile(r"utf[-_]8(?:$|[-_])", re.IGNORECASE)
_BLANK = re.compile(rb"^[ \t\f]*(?:#[^\r\n]*)?$")
_LONE_CR = re.compile(rb"\r(?!\n)")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(slots=True)
class DecodedSource:
    """A source as text, ready to be parsed.

    `data` is its UTF-8 form without byte-order mark and with the line ends of the source; `parsable` is the same with
    every CR that stands alone turned into LF, so that offsets agree and only LF ends a line. `encoding` is the Python
    name of the encoding it was read in.
    """

    path: str
    data: bytes
    parsable: bytes
    encoding: str
    ascii: bool
    _starts: list[int] | None = None
    _lines: list[str] | None = None

    @property
    def starts(self) -> list[int]:
        """The offset of every line in `data`."""
        if self._starts is None:
            starts = [0, *accumulate(map(len, self.parsable.splitlines(keepends=True)))]
            if len(starts) > 1 and not self.parsable.endswith(b"\n"):
                starts.pop()
            self._starts = starts
        return self._starts

    def line_of(self, offset: int) -> int:
        """The number, from 1, of the line that holds the byte at `offset`."""
        return bisect_right(self.starts, offset)

    def position(self, offset: int) -> Position:
        """The place before the byte at `offset`."""
        starts = self._starts or self.starts
        line = bisect_right(starts, offset)
        start = starts[line - 1]
        if self.ascii:
            return Position(line, offset - start + 1)
        return Position(line, len(self.data[start:offset].decode("utf-8", "replace")) + 1)

    def offset(self, position: Position) -> int:
        """The offset of the byte after `position`; a place beyond the end is the end."""
        starts = self.starts
        if position.line > len(starts):
            return len(self.data)
        start = starts[position.line - 1]
        if self.ascii:
            return min(start + position.column - 1, len(self.data))
        line = self.line(position.line)
        return start + len(line[: position.column - 1].encode("utf-8"))

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        if self._lines is None:
            lines = self.parsable.decode("utf-8").split("\n")
            # No CR stands alone in it: each is before an LF.
            self._lines = [line.removesuffix("\r") for line in lines] if b"\r" in self.parsable else lines
        return self._lines[number - 1]


def decode(source: SourceFile) -> DecodedSource:
    """Read a source.

    Raises SourceTooLarge, SourceEncodingInvalid (at the first byte that is not text, or at the coding line), or
    SourceNullCharacter.
    """
    content = source.content
    if isinstance(content, str):
        data, encoding = _encode_text(source.path, content), "utf-8"
    else:
        if len(content) > MAX_BYTES:
            raise SourceTooLarge(source.path)
        data, encoding = _decode_bytes(source.path, content)
    if len(data) > MAX_BYTES and isinstance(content, str):
        raise SourceTooLarge(source.path)
    parsable = _LONE_CR.sub(b"\n", data) if b"\r" in data else data
    decoded = DecodedSource(source.path, data, parsable, encoding, data.isascii())
    null = data.find(b"\0")
    if null >= 0:
        place = decoded.position(null)
        raise SourceNullCharacter(source.path, place.line, place.column)
    return decoded


def _encode_text(path: str, text: str) -> bytes:
    text = text.removeprefix("\ufeff")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        line, column = _place(text[: error.start])
        raise SourceEncodingInvalid(path, line, column, "utf-8") from None


def _decode_bytes(path: str, content: bytes) -> tuple[bytes, str]:
    """The UTF-8 form and the name of the encoding."""
    marked = content.startswith(codecs.BOM_UTF8)
    body = content[3:] if marked else content
    declared, line = _declared_encoding(body)
    if declared is None:
        encoding = "utf-8"
    else:
        encoding = _known_encoding(path, declared, line)
        if marked and not _UTF8_NAME.match(declared):
            raise SourceEncodingInvalid(path, line, 1, declared)
    if encoding == "utf-8":
        if not body.isascii():
            _text(path, body, encoding)
        return body, "utf-8-sig" if marked else "utf-8"
    return _encode_text(path, _text(path, body, encoding)), encoding


def _declared_encoding(body: bytes) -> tuple[str | None, int]:
    """What the coding line says, and its number; a coding line is the first, or the second after a blank or comment."""
    at = 0
    for number in (1, 2):
        end = _LINE_END.search(body, at)
        line = body[at : end.start()] if end else body[at:]
        found = _CODING.match(line)
        if found:
            return found[1].decode("ascii", "replace"), number
        if end is None or not _BLANK.match(line):
            break
        at = end.end()
    return None, 0


def _known_encoding(path: str, declared: str, line: int) -> str:
    """Python's name of a declared text encoding that agrees with ASCII."""
    try:
        info = codecs.lookup(declared.replace("_", "-"))
        if not info._is_text_encoding or b"#\n".decode(info.name) != "#\n":
            raise LookupError
    except (LookupError, UnicodeError, ValueError):
        raise SourceEncodingInvalid(path, line, 1, declared) from None
    return "utf-8" if info.name in ("utf-8", "utf-8-sig") else info.name


def _text(path: str, body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _place(body[: error.start].decode(encoding, "replace"))
        raise SourceEncodingInvalid(path, line, column, encoding) from None
    except UnicodeError:
        raise SourceEncodingInvalid(path, 1, 1, encoding) from None


def _place(before: str) -> tuple[int, int]:
    """Line and column of what follows this text."""
    lines = re.split("\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1
