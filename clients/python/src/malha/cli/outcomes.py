"""What became of each file of a run, and the sums over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from malha.analysis.v1 import report_pb2, rule_pb2
from malha.requests import MAX_SOURCE_BYTES

if TYPE_CHECKING:
    from malha.errors import MalhaError


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a file could not be analysed."""

    reason: str
    """A name of `malha.error.v1.Reason` without its prefix; `FILE_UNREADABLE` when this machine could not read it."""
    message: str
    code: str = "INVALID_ARGUMENT"
    """The name of the gRPC code."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the reason carries, such as `line` and `column`."""

    @property
    def line(self) -> int:
        """The line that is at fault, from 1; 0 when there is none."""
        return _number(self.metadata.get("line", ""))

    @property
    def column(self) -> int:
        """The column that is at fault, from 1; 0 when there is none."""
        return _number(self.metadata.get("column", ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file and its report or failure."""

    shown: str
    """The path as a person opens it."""
    result: report_pb2.Report | Failure
    file: Path | None = None
    """Where the source can be read again; None for standard input."""
    content: bytes | None = None
    """The source, where it cannot be read again."""


def failure_of(error: MalhaError) -> Failure:
    """The failure that an error of the mesh means for its file."""
    metadata = {key: value for key, value in error.metadata.items() if key != "request_id"}
    return Failure(error.reason or error.code.name, error.message, error.code.name, metadata)


def too_large() -> Failure:
    """The failure of a file that is larger than the contract allows, as the mesh itself would put it."""
    message = f"the source is larger than {MAX_SOURCE_BYTES:,} bytes"
    return Failure("SOURCE_TOO_LARGE", message, metadata={"limit": str(MAX_SOURCE_BYTES)})


def unreadable(error: OSError) -> Failure:
    """The failure of a file that this machine cannot read."""
    return Failure("FILE_UNREADABLE", (error.strerror or str(error)).lower(), "NOT_FOUND")


class Totals:
    """The sum over the files of a run: what `Summary` promises for a project, local failures included."""

    def __init__(self) -> None:
        self._summary = report_pb2.Summary()
        self._severities: Counter[int] = Counter()
        self._categories: Counter[int] = Counter()
        self._weighted_score = 0.0
        self._plain_score = 0.0

    def add(self, result: report_pb2.Report | Failure) -> None:
        """Counts one more file."""
        total = self._summary
        if isinstance(result, Failure):
            total.failed_files += 1
            return
        part = result.summary
        total.files += part.files
        total.lines += part.lines
        total.code_lines += part.code_lines
        total.findings += part.findings
        total.safe_fixes += part.safe_fixes
        self._severities.update({item.severity: item.count for item in part.by_severity})
        self._categories.update({item.category: item.count for item in part.by_category})
        self._weighted_score += part.score * part.code_lines
        self._plain_score += part.score * part.files

    def summary(self) -> report_pb2.Summary:
        """The sum so far. The score is the mean weighted by code lines; 100 where nothing was analysed."""
        summary = report_pb2.Summary()
        summary.CopyFrom(self._summary)
        for severity, count in sorted(self._severities.items(), reverse=True):
            summary.by_severity.add(severity=rule_pb2.Severity.ValueType(severity), count=count)
        for category, count in sorted(self._categories.items()):
            summary.by_category.add(category=rule_pb2.Category.ValueType(category), count=count)
        summary.score = round(self._score(), 1)
        return summary

    def at_or_above(self, severity: int) -> int:
        """How many findings are at least that bad."""
        return sum(count for each, count in self._severities.items() if each >= severity)

    @property
    def findings(self) -> int:
        """Findings so far."""
        return self._summary.findings

    @property
    def failed(self) -> int:
        """Files so far that could not be analysed."""
        return self._summary.failed_files

    def _score(self) -> float:
        if self._summary.code_lines:
            return self._weighted_score / self._summary.code_lines
        return self._plain_score / self._summary.files if self._summary.files else 100.0


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
