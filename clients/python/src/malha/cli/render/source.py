"""The lines of an analysed source, for showing what a fix changes."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from malha.analysis.v1 import report_pb2

_LINE_END = re.compile(r"\r\n|\r|\n")


class SourceLines:
    """Gives lines by number: from the source where it can be had, else from the code frame of a finding.

    The source is read on the first question, and only believed when it is what was analysed.
    """

    def __init__(self, report: report_pb2.Report, file: Path | None, content: bytes | None) -> None:
        self._report = report
        self._file = file
        self._content = content
        self._lines: list[str] | None = None

    def line(self, number: int, frame: report_pb2.CodeFrame) -> str | None:
        """The line without its end, or None when it is not known."""
        index = number - frame.first_line
        if 0 <= index < len(frame.lines) and not frame.lines[index].endswith("…"):
            return frame.lines[index]
        if self._lines is None:
            self._lines = self._read()
        return self._lines[number - 1] if 0 < number <= len(self._lines) else None

    def _read(self) -> list[str]:
        content = self._content
        if content is None and self._file is not None:
            try:
                content = self._file.read_bytes()
            except OSError:
                return []
        if content is None or hashlib.sha256(content).hexdigest() != self._report.content_sha256:
            return []
        try:
            text = content.decode(self._report.encoding or "utf-8")
        except (UnicodeDecodeError, LookupError):
            return []
        return _LINE_END.split(text.removeprefix("\ufeff"))
