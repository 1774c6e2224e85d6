"""Turn outcomes of the analyser into stored reports; shared by the use cases that analyse."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.reports import NewReport, ReportKind, ReportRecord, RequestKey, Timings
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analysed, ReportStore
from services.runtime.clock import Clock
from services.runtime.exceptions import DependencyUnavailable


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it was stored, with the encoded findings and metrics where they were asked for.

    Where it is not `kept`, the store did not answer, and nobody can get the report again.
    """

    record: ReportRecord
    body: bytes | None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class SourceResult:
    """What became of one source: its stored report, or why there is none."""

    path: str
    outcome: StoredReport | AnalysisError


@dataclass(slots=True)
class Recorder:
    """Stores the reports of one request under its id, so that a repeated request finds those of the first one."""

    store: ReportStore
    clock: Clock
    creator: Viewer
    request_id: UUID
    digest: bytes
    parent: UUID | None = None
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock.monotonic()

    async def record(self, outcomes: Mapping[int, tuple[SourceFile, Analysed]]) -> list[StoredReport]:
        """Store one report for each outcome, keyed by its place in the request; raises RequestIdReused.

        What was found is worth having even when it cannot be kept. The parts of a project are kept or the project
        fails: DependencyUnavailable.
        """
        if not outcomes:
            return []
        now, total = self.clock.now(), self.clock.monotonic() - self._started
        new = [
            NewReport(
                ReportRecord(
                    id=uuid4(),
                    kind=ReportKind.SOURCE,
                    parent=self.parent,
                    path=source.path,
                    create_time=now,
                    content_sha256=analysed.sha256,
                    analyser_version=analysed.analyser_version,
                    encoding=analysed.encoding,
                    summary=analysed.summary,
                    timings=Timings(total, analysed.queued_seconds, analysed.analysing_seconds),
                    cached=analysed.cached,
                ),
                RequestKey(self.request_id, item, self.digest),
                analysed.key,
                analysed.body,
            )
            for item, (source, analysed) in outcomes.items()
        ]
        try:
            records = await self.store.add(self.creator, new)
        except DependencyUnavailable:
            if self.parent is not None:
                raise
            return [StoredReport(report.record, report.body, kept=False) for report in new]
        return [StoredReport(record, report.body) for record, report in zip(records, new, strict=True)]


def request_digest(sources: Sequence[SourceFile], options: AnalysisOptions) -> bytes:
    """SHA-256 over everything that makes two requests the same one."""
    digest = hashlib.sha256(options.digest())
    for source in sources:
        for part in (source.path.encode("utf-8", "surrogatepass"), source.fingerprint()):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.digest()
