"""Bring the catalogue up to date from the providers' own interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from services.pricing.domain.loads import Phase, RefreshProgress, RefreshRequest
from services.pricing.ports import CatalogueReader, Loads, QuarantineReader, Sources
from services.pricing.usecases.refresh_run import RefreshRun
from services.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class RefreshCatalog:
    """Reads sources, checks what they give, and publishes it as one version, or nothing of it."""

    loads: Loads
    catalogue: CatalogueReader
    quarantine: QuarantineReader
    sources: Sources
    clock: Clock

    async def __call__(self, request: RefreshRequest) -> AsyncGenerator[RefreshProgress]:
        """How far it is, at most as often as the caller takes it; the last has the phase DONE.

        A request that ended well before is answered with what came of it then. Closing the iterator stops the refresh,
        which then has published nothing, unless it was at its very end.

        Raises SourceNotConfigured, SourceFailed, RefreshInProgress, RefreshRefused, RequestIdReused and
        DependencyUnavailable; whichever it is, nothing was published.
        """
        if (earlier := await self.loads.answered(request)) is not None:
            version = None if earlier.version is None else await self.catalogue.version(earlier.version)
            yield RefreshProgress(earlier.id, Phase.DONE, counts=earlier.counts, version=version)
            return
        sources = [(provider, self.sources(provider, request.regions)) for provider in request.providers]
        run = RefreshRun(self.loads, self.catalogue, self.quarantine, self.clock, request, sources)
        task = asyncio.create_task(run(), name="refresh")
        task.add_done_callback(lambda _: run.news.set())
        try:
            while not task.done():
                await run.news.wait()
                run.news.clear()
                # The last word is the task's own: only then is everything over.
                if run.progress is not None and run.progress.phase is not Phase.DONE:
                    yield run.progress
            yield await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
