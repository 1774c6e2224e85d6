"""Runs analyses in worker processes, so that the event loop never blocks and no source can hurt the service."""

from __future__ import annotations

from collections.abc import Sequence

from services.analysis.adapters.engine.outcome import EngineOutcome
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile


class WorkerPool:
    """`settings.workers` processes that analyse sources in batches."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    async def start(self) -> None:
        """Start the workers; returns when each has answered. Raises DependencyUnavailable when one does not come up."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop the workers; what still waits is answered with ShuttingDown."""
        raise NotImplementedError

    async def check(self) -> None:
        """Raises DependencyUnavailable when no worker is alive."""
        raise NotImplementedError

    async def analyse(self, batch: Sequence[SourceFile], options: AnalysisOptions) -> list[EngineOutcome]:
        """One outcome for each source, in order. Raises Overloaded when no more sources can wait."""
        raise NotImplementedError
