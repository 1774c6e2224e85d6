"""What the use cases need from the outside, as small roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.findings import SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.domain.source import SourceFile
from services.runtime.listing import Expression, OrderTerm


@dataclass(frozen=True, slots=True)
class Analysed:
    """The outcome for a source that could be analysed.

    `body` is the encoded report without what belongs to one call (name, path, times); it was encoded once, where it was
    made, and travels as it is through caches, database and wire. `key` names content, options and analyser version.
    """

    key: bytes
    summary: SourceSummary
    body: bytes
    encoding: str
    sha256: str
    analyser_version: str
    queued_seconds: float
    analysing_seconds: float
    cached: bool


class Analyser(Protocol):
    """Analyses sources; never raises for a source, only for itself."""

    async def analyse(self, batch: Sequence[SourceFile], options: AnalysisOptions) -> list[Analysed | AnalysisError]:
        """One outcome for each source, in order. Raises Overloaded when no more work can wait."""
        ...


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Which reports to list, in which order, after which one. `after` holds the ordering values of the last report of
    the page before and its id."""

    filter: Expression
    order: tuple[OrderTerm, ...]
    limit: int
    after: tuple[object, ...] | None


class ReportWriter(Protocol):
    """Keeps reports."""

    async def add(self, reports: Sequence[NewReport]) -> list[ReportRecord]:
        """Store all or none, durably, and answer with what is stored for each: the given report, or the earlier one
        where the request was seen before. Raises RequestIdReused when an earlier one has another digest, and
        DependencyUnavailable when the store does not answer: then nobody knows whether they are kept."""
        ...


class ReportReader(Protocol):
    """Finds reports."""

    async def get(self, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        """The report and, when asked for and there is one, its encoded body; None when there is no such report."""
        ...

    async def list(self, query: ReportQuery) -> list[ReportRecord]:
        """At most `query.limit` reports, without bodies."""
        ...


class ReportStore(ReportWriter, ReportReader, Protocol):
    """Keeps and finds reports."""
