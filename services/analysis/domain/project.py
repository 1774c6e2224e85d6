"""The sum over the sources of a project."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from services.analysis.domain.findings import Category, Severity, SourceSummary


@dataclass(slots=True)
class ProjectTotals:
    """Adds up the summaries of the sources that are done; its score is their mean, weighted by code lines."""

    finished: int = 0
    _failed: int = 0
    _lines: int = 0
    _code_lines: int = 0
    _safe_fixes: int = 0
    _severities: Counter[Severity] = field(default_factory=Counter)
    _categories: Counter[Category] = field(default_factory=Counter)
    _weighted_score: float = 0.0

    def add(self, summary: SourceSummary | None) -> None:
        """Count one source; None is one that could not be analysed."""
        self.finished += 1
        if summary is None:
            self._failed += 1
            return
        self._lines += summary.lines
        self._code_lines += summary.code_lines
        self._safe_fixes += summary.safe_fixes
        self._severities.update(dict(summary.by_severity))
        self._categories.update(dict(summary.by_category))
        self._weighted_score += summary.score * summary.code_lines

    def summary(self) -> SourceSummary:
        """The sum so far. A project without a line of code has the score 100."""
        return SourceSummary(
            files=self.finished - self._failed,
            failed_files=self._failed,
            lines=self._lines,
            code_lines=self._code_lines,
            findings=self._severities.total(),
            by_severity=tuple(sorted(self._severities.items(), reverse=True)),
            by_category=tuple(sorted(self._categories.items())),
            safe_fixes=self._safe_fixes,
            score=round(self._weighted_score / self._code_lines, 1) if self._code_lines else 100.0,
        )
