"""What an analysis finds, as values. The numbers of the enums are those of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Category(IntEnum):
    """What a rule is about."""

    PERFORMANCE = 1
    CORRECTNESS = 2
    SECURITY = 3
    COMPLEXITY = 4
    MODERNISATION = 5
    STYLE = 6


class Severity(IntEnum):
    """What happens when nobody acts; larger is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3
    CRITICAL = 4


class Confidence(IntEnum):
    """How sure a rule is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Applicability(IntEnum):
    """How far a fix may be trusted."""

    SAFE = 1
    UNSAFE = 2
    DISPLAY_ONLY = 3


class Position(NamedTuple):
    """A place between two characters: line and column from 1, the column in code points of the decoded source."""

    line: int
    column: int


class Range(NamedTuple):
    """The text from `start` up to, not including, `end`."""

    start: Position
    end: Position


@dataclass(frozen=True, slots=True)
class CodeFrame:
    """A few lines of source, without their ends; the first has the number `first_line`, from 1."""

    first_line: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextEdit:
    """Puts `new_text` where `range` is."""

    range: Range
    new_text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A way to mend a finding: all edits or none, ordered by position, not overlapping."""

    message: str
    applicability: Applicability
    edits: tuple[TextEdit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where the rule with the id `rule` has something to say; what is the same for all findings of a rule
    (its explanation, say) is in the rule's document."""

    rule: str
    severity: Severity
    confidence: Confidence
    category: Category
    message: str
    range: Range
    frame: CodeFrame
    fix: Fix | None
    symbol: str


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """Counts over one source, or over all of a project; `by_severity` worst first, `by_category` in enum order, neither
    with zeros."""

    files: int
    failed_files: int
    lines: int
    code_lines: int
    findings: int
    by_severity: tuple[tuple[Severity, int], ...]
    by_category: tuple[tuple[Category, int], ...]
    safe_fixes: int
    score: float
