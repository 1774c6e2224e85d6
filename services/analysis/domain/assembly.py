"""Puts the files of a project together from the parts they arrive in."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.analysis.domain.errors import ProjectStreamInvalid, ProjectTooLarge, SourceError, SourceTooLarge
from services.analysis.domain.source import MAX_BYTES, SourceFile

MAX_FILES = 100_000
"""Files that one project may have."""
MAX_PROJECT_BYTES = 1 << 30
"""Bytes that one project may have, all files together."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """The next bytes of a file."""

    path: str
    data: bytes
    last: bool


@dataclass(slots=True)
class FileAssembler:
    """Collects parts into files; at most one file is open at a time."""

    received: int = 0
    _bytes: int = 0
    _path: str | None = None
    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0
    _seen: set[str] = field(default_factory=set)

    def add(self, part: FilePart) -> SourceFile | SourceError | None:
        """The file that `part` completes, or why it is none; None while it is incomplete.

        Raises ProjectStreamInvalid for parts out of order or a path sent twice, ProjectTooLarge beyond the limits.
        """
        if self._path is None:
            self._open(part.path)
        elif part.path != self._path:
            raise ProjectStreamInvalid(part.path, f"began before the last part of {self._path!r} was sent")
        self._bytes += len(part.data)
        if self._bytes > MAX_PROJECT_BYTES:
            raise ProjectTooLarge(f"{MAX_PROJECT_BYTES} bytes")
        self._size += len(part.data)
        if self._size <= MAX_BYTES:
            self._parts.append(part.data)
        else:
            self._parts.clear()  # the file is refused anyway; do not hold what exceeds the limit
        return self._close() if part.last else None

    def finish(self) -> None:
        """Raises ProjectStreamInvalid when the stream ended in the middle of a file."""
        if self._path is not None:
            raise ProjectStreamInvalid(self._path, "the stream ended before its last part")

    def _open(self, path: str) -> None:
        if path in self._seen:
            raise ProjectStreamInvalid(path, "was sent twice")
        if len(self._seen) >= MAX_FILES:
            raise ProjectTooLarge(f"{MAX_FILES} files")
        self._seen.add(path)
        self._path = path

    def _close(self) -> SourceFile | SourceError:
        path, size, parts = self._path or "", self._size, self._parts
        self._path, self._size, self._parts = None, 0, []
        self.received += 1
        if size > MAX_BYTES:
            return SourceTooLarge(path)
        return SourceFile(path, parts[0] if len(parts) == 1 else b"".join(parts))
