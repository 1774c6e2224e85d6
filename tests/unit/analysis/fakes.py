"""Fakes with the production interfaces: an analyser that needs no process, a store that needs no database."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from uuid import UUID

from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import AnalysisError, SourceSyntaxInvalid
from services.analysis.domain.findings import Category, Severity, SourceSummary
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analysed
from services.runtime.exceptions import RequestIdReused
from services.runtime.listing.page import Page

ANA = Viewer("acme", "users/ana")
RUI = Viewer("acme", "users/rui")
ADMIN = Viewer("acme", "users/admin", sees_all=True)
STRANGER = Viewer("umbra", "users/ana", sees_all=True)


def summary(findings: int = 1, code_lines: int = 10, score: float = 90.0) -> SourceSummary:
    """A summary of one source."""
    return SourceSummary(
        files=1,
        failed_files=0,
        lines=code_lines,
        code_lines=code_lines,
        findings=findings,
        by_severity=((Severity.WARNING, findings),) if findings else (),
        by_category=((Category.PERFORMANCE, findings),) if findings else (),
        safe_fixes=0,
        score=score,
    )


class FakeAnalyser:
    """Finds one thing in every source; a source that holds `syntax error` has one. `gate` holds analyses back."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.cancelled = 0

    async def analyse(
        self, tenant: str, batch: Sequence[SourceFile], options: AnalysisOptions
    ) -> list[Analysed | AnalysisError]:
        self.batches.append([source.path for source in batch])
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failure is not None:
            raise self.failure
        return [_analysed(source) for source in batch]


class FakeEngine(FakeAnalyser):
    """The same, as the pool of workers answers."""

    async def analyse(  # type: ignore[override]  # the pool's outcomes are other values than the port's
        self, batch: Sequence[SourceFile], options: AnalysisOptions
    ) -> list[EngineOutcome]:
        outcomes = await super().analyse("", batch, options)
        return [
            outcome
            if isinstance(outcome, AnalysisError)
            else EngineReport(outcome.summary, outcome.body, outcome.encoding, outcome.sha256, 0.1, 0.2)
            for outcome in outcomes
        ]


def _analysed(source: SourceFile) -> Analysed | AnalysisError:
    data = source.data()
    if b"syntax error" in data:
        return SourceSyntaxInvalid(source.path, 1, 1, "syntax error")
    digest = hashlib.sha256(data)
    return Analysed(digest.digest(), summary(), data, "utf-8", digest.hexdigest(), "fake 1", 0.0, 0.0, cached=False)


class FakeStore:
    """Keeps reports in memory; all or none, like the real one."""

    def __init__(self) -> None:
        self.reports: dict[UUID, NewReport] = {}

    async def add(self, creator: Viewer, reports: Sequence[NewReport]) -> list[ReportRecord]:
        earlier = {(r.request.request_id, r.request.item): r for r in self.reports.values()}
        kept = [earlier.get((new.request.request_id, new.request.item), new) for new in reports]
        if any(old.request.digest != new.request.digest for old, new in zip(kept, reports, strict=True)):
            raise RequestIdReused
        self.reports |= {report.record.id: report for report in kept}
        return [report.record for report in kept]

    async def get(self, viewer: Viewer, report: UUID, *, with_body: bool) -> tuple[ReportRecord, bytes | None] | None:
        found = self.reports.get(report)
        return None if found is None else (found.record, found.body if with_body else None)

    async def list(self, viewer: Viewer, page: Page) -> list[ReportRecord]:
        return [report.record for report in self.reports.values()][: page.limit + 1]
