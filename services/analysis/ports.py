"""What the use cases need from the outside, as small roles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.analysis.domain.access import ReportShare, Viewer
from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.findings import SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.domain.source import SourceFile
from services.runtime.listing.page import Page


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

    async def analyse(
        self, tenant: str, batch: Sequence[SourceFile], options: AnalysisOptions
    ) -> list[Analysed | AnalysisError]:
        """One outcome for each source, in order. What is remembered of it serves `tenant` alone. Raises Overloaded when
        no more work can wait."""
        ...


class ReportWriter(Protocol):
    """Keeps reports."""

    async def add(self, creator: Viewer, reports: Sequence[NewReport]) -> list[ReportRecord]:
        """Store all or none, durably, as `creator`'s, and answer with what is stored for each: the given report, or the
        earlier one where the creator's request was seen before. Raises RequestIdReused when an earlier one has another
        digest, and DependencyUnavailable when the store does not answer: then nobody knows whether they are kept."""
        ...


class ReportReader(Protocol):
    """Finds those reports that a viewer sees; others are as though they were not there."""

    async def get(self, viewer: Viewer, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        """The report and, when asked for and there is one, its encoded body; None when there is no such report."""
        ...

    async def list(self, viewer: Viewer, page: Page) -> list[ReportRecord]:
        """The reports of the page and one more if there is one, without bodies."""
        ...


class ReportStore(ReportWriter, ReportReader, Protocol):
    """Keeps and finds reports."""


class ReportSharing(Protocol):
    """Shows reports to others of the tenant, within one unit of work, which is its viewer's tenant's."""

    async def creator(self, viewer: Viewer, report: UUID) -> str | None:
        """Who made a report; None when the viewer sees no such report."""
        ...

    async def share(self, share: ReportShare) -> ReportShare:
        """Show the report; the share as it is, which may be an earlier one."""
        ...

    async def unshare(self, report: UUID, subject: str) -> bool:
        """Show it no longer; whether it was shown."""
        ...

    async def shares(self, report: UUID) -> list[ReportShare]:
        """To whom it is shown, by subject."""
        ...
