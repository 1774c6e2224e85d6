"""Analyse one source and keep its report."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analyser, ReportStore
from services.analysis.usecases.record import Recorder, StoredReport, request_digest
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class AnalyzeSource:
    """Analyses one source; the report is stored before the caller sees it."""

    analyser: Analyser
    store: ReportStore
    clock: Clock

    async def __call__(
        self, viewer: Viewer, source: SourceFile, options: AnalysisOptions, request_id: UUID
    ) -> StoredReport:
        """The stored report of `source`, which is the viewer's; for a `request_id` of theirs that was used before, the
        report of the first call.

        Raises AnalysisError when the source cannot be analysed and RequestIdReused when the id belongs to another
        request.
        """
        recorder = Recorder(self.store, self.clock, viewer, request_id, request_digest([source], options))
        (outcome,) = await self.analyser.analyse(viewer.tenant, [source], options)
        if isinstance(outcome, AnalysisError):
            raise outcome
        (stored,) = await recorder.record({0: (source, outcome)})
        return stored
