"""Where log lines go: a file that is rotated by size, or an open stream.

The standard library's rotating handler builds and formats a record twice for each line, which costs more than the whole
interceptor chain; this writes bytes and counts them.
"""

import sys
import threading
from pathlib import Path
from typing import BinaryIO, Protocol


class LineSink(Protocol):
    """Takes whole lines, each ended by a line feed; safe to share among threads."""

    def write(self, line: bytes) -> None:
        """Writes one line or several. A sink that cannot (a full disk, no reader) drops them: logs stop nobody."""

    def close(self) -> None:
        """Lets go of what the sink itself opened; later lines are dropped."""


class StandardOutput:
    """Lines on standard output."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def write(self, line: bytes) -> None:
        with self._lock:
            try:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
            except (OSError, ValueError):
                return  # nobody reads any more

    def close(self) -> None:
        """Leaves standard output open: it is not ours."""


class LateLines(Protocol):
    """Lines that are rendered when they are written."""

    def take(self) -> str:
        """All lines that wait, each ended by a line feed, which then wait no more."""


class BufferedSink:
    """Another sink, and the lines that may wait before it; what is written at once brings those along, in order."""

    def __init__(self, sink: LineSink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._late: LateLines | None = None

    def behind(self, late: LateLines) -> None:
        """From now on the lines of `late` come before every other; it is asked under the sink's lock."""
        self._late = late

    def write(self, line: bytes) -> None:
        """Writes one line, after all that wait."""
        with self._lock:
            self._write_late()
            self._sink.write(line)

    def flush(self) -> None:
        """Writes what waits."""
        with self._lock:
            self._write_late()

    def close(self) -> None:
        """Writes what waits, then closes the other sink."""
        self.flush()
        self._sink.close()

    def _write_late(self) -> None:
        if self._late is not None and (lines := self._late.take()):
            self._sink.write(lines.encode())


class RotatingFile:
    """Lines in a file; when it would pass `max_bytes` it becomes `<name>.1`, and the oldest of `count` is dropped."""

    def __init__(self, path: Path, max_bytes: int, count: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._count = count
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def write(self, line: bytes) -> None:
        with self._lock:
            try:
                if self._size + len(line) > self._max_bytes and self._size:
                    self._rotate()
                self._file.write(line)
                self._size += len(line)
            except (OSError, ValueError):
                return  # a full disk must not fail calls

    def close(self) -> None:
        """Closes the file; later lines are dropped."""
        with self._lock:
            self._file.close()

    def _open(self) -> None:
        # Unbuffered: a line is in the file when `write` returns, also when the process is killed next.
        self._file: BinaryIO = self._path.open("ab", buffering=0)
        self._size = self._file.tell()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._count - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        self._open()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
