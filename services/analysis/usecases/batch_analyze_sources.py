"""Analyse several sources, each with a result of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.analysis.domain.access import Viewer
from services.analysis.domain.errors import AnalysisError
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analyser, ReportStore
from services.analysis.usecases.record import Recorder, SourceResult, request_digest
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class BatchAnalyzeSources:
    """Analyses several sources; what can be analysed is stored, what cannot has an error in its place."""

    analyser: Analyser
    store: ReportStore
    clock: Clock

    async def __call__(
        self, viewer: Viewer, sources: Sequence[SourceFile], options: AnalysisOptions, request_id: UUID
    ) -> list[SourceResult]:
        """One result for each source, in the order given; raises RequestIdReused."""
        recorder = Recorder(self.store, self.clock, viewer, request_id, request_digest(sources, options))
        outcomes = await self.analyser.analyse(viewer.tenant, sources, options)
        good = {
            item: (source, outcome)
            for item, (source, outcome) in enumerate(zip(sources, outcomes, strict=True))
            if not isinstance(outcome, AnalysisError)
        }
        stored = dict(zip(good, await recorder.record(good), strict=True))
        return [
            SourceResult(source.path, outcome if isinstance(outcome, AnalysisError) else stored[item])
            for item, (source, outcome) in enumerate(zip(sources, outcomes, strict=True))
        ]
