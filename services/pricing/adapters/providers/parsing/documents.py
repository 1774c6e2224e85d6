"""Opens documents as they were sent, and reads them with bounded memory."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from services.pricing.adapters.providers.parsing.frames import Task
from services.pricing.domain.readings import SourceFailure

_T = TypeVar("_T")

LARGEST_LINE = 64 * 1024
"""Characters of one row; a row of the EC2 price list has about a thousand."""
LARGEST_PAGE = 64 * 1024 * 1024
"""Bytes of a document that is read at once; the largest known one, 5,000 SKUs of Google, has about twelve million."""
_BUFFER = 256 * 1024


class Unreadable(Exception):
    """A document is none of its interface."""

    def __init__(self, detail: str, why: SourceFailure = SourceFailure.INVALID) -> None:
        super().__init__(detail)
        self.detail = detail
        self.why = why


class _Bounded(io.RawIOBase):
    """Reads no more than so many bytes from what may go on without end, such as a compressed file."""

    def __init__(self, source: io.BufferedIOBase, largest: int) -> None:
        self._source = source
        self._left = largest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._source.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("more bytes after decompression than are allowed", SourceFailure.TOO_LARGE)
        buffer[: len(data)] = data
        return len(data)


@contextlib.contextmanager
def open_document(task: Task) -> Iterator[BinaryIO]:
    """The document's bytes, decompressed as they are read. Raises Unreadable, also from within the block."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(Path(task.path).open("rb"))
        source = stack.enter_context(gzip.GzipFile(fileobj=file)) if task.encoding == "gzip" else file
        try:
            yield io.BufferedReader(_Bounded(source, task.largest), _BUFFER)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(f"the compressed document is damaged: {error}") from error
        except UnicodeDecodeError as error:
            raise Unreadable("not UTF-8") from error


def read_page(task: Task) -> bytes:
    """All bytes of a document that is one page. Raises Unreadable."""
    with open_document(task) as document:
        data = document.read(LARGEST_PAGE + 1)
    if len(data) > LARGEST_PAGE:
        raise Unreadable(f"a page of more than {LARGEST_PAGE} bytes", SourceFailure.TOO_LARGE)
    return data


def decode_page(task: Task, decoder: msgspec.json.Decoder[_T], what: str) -> _T:
    """A document that is one page of JSON. Raises Unreadable."""
    try:
        return decoder.decode(read_page(task))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"no {what}: {error}") from error
    except RecursionError as error:
        raise Unreadable(f"no {what}: nested too deeply") from error


def read_rows(document: BinaryIO) -> Iterator[Sequence[str]]:
    """The rows of a CSV document, one at a time. Raises Unreadable."""
    csv.field_size_limit(LARGEST_LINE)
    with io.TextIOWrapper(document, encoding="utf-8", newline="") as text:
        try:
            yield from csv.reader(_lines(text), strict=True)
        except csv.Error as error:
            raise Unreadable(f"no CSV: {error}") from error


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LARGEST_LINE):
        if len(line) == LARGEST_LINE and not line.endswith("\n"):
            raise Unreadable(f"a line of more than {LARGEST_LINE} characters")
        yield line
