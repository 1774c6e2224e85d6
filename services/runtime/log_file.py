"""Where log lines go: a file that is rotated by size, or an open stream.

The standard library's rotating handler builds and formats a record twice for each line, which costs more than the whole
interceptor chain; this writes bytes and counts them.
"""

import sys
import threading
from pathlib import Path
from typing import BinaryIO, Protocol

# Below the smallest size of a rotated file.
_MOST_WAITING = 32_768


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


class BufferedSink:
    """Another sink, before which lines may wait; whatever is written at once brings those that wait along, in order."""

    def __init__(self, sink: LineSink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._characters = 0

    def write(self, line: bytes) -> None:
        """Writes one line, after all that wait."""
        with self._lock:
            self._write_waiting()
            self._sink.write(line)

    def write_later(self, line: str) -> None:
        """Keeps a line until the next `write` or `flush`, or until there are too many."""
        with self._lock:
            self._waiting.append(line)
            self._characters += len(line)
            if self._characters >= _MOST_WAITING:
                self._write_waiting()

    def flush(self) -> None:
        """Writes what waits."""
        with self._lock:
            self._write_waiting()

    def close(self) -> None:
        """Writes what waits, then closes the other sink."""
        self.flush()
        self._sink.close()

    def _write_waiting(self) -> None:
        if self._waiting:
            self._sink.write("".join(self._waiting).encode())
            self._waiting.clear()
            self._characters = 0


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
