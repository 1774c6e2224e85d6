"""What an analysis looks at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from services.analysis.domain.findings import Category, Severity

NEWEST: tuple[int, int] = (3, 14)
"""The newest Python version whose syntax is known, and the default target."""


@dataclass(frozen=True, slots=True)
class AnalysisOptions:
    """The zero value means: all rules, newest syntax.

    `target_version` is the oldest Python version the source must run on. `categories`, `select` (prefixes of rule ids)
    and `minimum_severity` narrow the rules down; empty means all. `ignore` (prefixes again) wins over `select`.
    """

    target_version: tuple[int, int] = NEWEST
    categories: frozenset[Category] = frozenset()
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    minimum_severity: Severity = Severity.INFO

    def digest(self) -> bytes:
        """SHA-256 over the options; equal options have equal digests."""
        parts = (
            f"{self.target_version[0]}.{self.target_version[1]}",
            ",".join(str(int(category)) for category in sorted(self.categories)),
            ",".join(sorted(self.select)),
            ",".join(sorted(self.ignore)),
            str(int(self.minimum_severity)),
        )
        return hashlib.sha256("\n".join(parts).encode()).digest()

    def wants(self, rule: str, category: Category, severity: Severity) -> bool:
        """Whether findings of the rule with this id, category and severity are asked for."""
        return (
            severity >= self.minimum_severity
            and (not self.categories or category in self.categories)
            and (not self.select or rule.startswith(tuple(self.select)))
            and not rule.startswith(tuple(self.ignore))
        )
