"""Analyse the files of a project while they arrive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from services.analysis.domain.access import Viewer
from services.analysis.domain.assembly import FileAssembler, FilePart
from services.analysis.domain.errors import AnalysisError, SourceError
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.project import ProjectTotals
from services.analysis.domain.reports import NewReport, ReportKind, ReportRecord, RequestKey, Timings
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analyser, ReportStore
from services.analysis.usecases.record import Recorder, SourceResult, StoredReport, request_digest
from services.runtime.clock import Clock

BATCH_FILES = 128
"""Files that one batch holds at most: enough to share the engines' start-up, few enough to see results flow."""
BATCH_BYTES = 2 << 20
"""Bytes after which a batch is closed."""
IDLE_SECONDS = 0.02
"""How long a batch that is not full waits for the next file."""


@dataclass(frozen=True, slots=True)
class ProjectUpdate:
    """Files that are done since the last update, how far the project is, and at the end its report."""

    results: list[SourceResult]
    received: int
    finished: int
    elapsed_seconds: float
    report: ReportRecord | None = None


@dataclass(frozen=True, slots=True)
class AnalyzeProject:
    """Analyses a stream of file parts in batches, several at a time, and yields results as they come.

    `in_flight` bounds the batches that are analysed or wait to be taken by the caller: beyond it no more parts are
    read, so that memory stays bounded and a slow caller slows the upload.
    """

    analyser: Analyser
    store: ReportStore
    clock: Clock
    analyser_version: str
    in_flight: int

    async def __call__(
        self, viewer: Viewer, label: str, parts: AsyncIterable[FilePart], options: AnalysisOptions
    ) -> AsyncGenerator[ProjectUpdate]:
        """Updates until all files are done; the last one carries the project's report.

        Raises ProjectStreamInvalid or ProjectTooLarge. Closing the iterator stops the work.
        """
        run = _Run(self, viewer, options, uuid4(), self.clock.monotonic(), asyncio.Semaphore(self.in_flight))
        reader = asyncio.create_task(run.read(parts))
        try:
            while (done := await run.done.get()) is not None:
                yield run.update(done)
                run.slots.release()
            if run.failure is not None:
                raise run.failure
            await reader  # raises what ended the reading early
            yield await run.finish(label)
        finally:
            await run.stop(reader)


@dataclass(slots=True)
class _Run:
    """One project on its way."""

    owner: AnalyzeProject
    viewer: Viewer
    options: AnalysisOptions
    report: UUID
    started: float
    slots: asyncio.Semaphore
    assembler: FileAssembler = field(default_factory=FileAssembler)
    totals: ProjectTotals = field(default_factory=ProjectTotals)
    # Bounded by `slots`: a batch holds one from before it starts until its results were taken.
    done: asyncio.Queue[list[SourceResult] | None] = field(default_factory=asyncio.Queue)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    failure: BaseException | None = None
    batches: int = 0

    async def read(self, parts: AsyncIterable[FilePart]) -> None:
        """Collect parts into files and files into batches, and start the batches."""
        try:
            async with aclosing(_batches(self.assembler, parts)) as batches:
                async for batch in batches:
                    await self.slots.acquire()
                    self._start(batch)
            self.assembler.finish()
            await asyncio.gather(*self.tasks)
        finally:
            self.done.put_nowait(None)

    def _start(self, batch: list[SourceFile | SourceError]) -> None:
        task = asyncio.create_task(self._analyse(self.batches, batch))
        self.batches += 1
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and self.failure is None:
            self.failure = error
            self.done.put_nowait(None)  # the caller learns it now, not when the next file arrives

    async def _analyse(self, number: int, batch: list[SourceFile | SourceError]) -> None:
        sources = [source for source in batch if isinstance(source, SourceFile)]
        owner, tenant = self.owner, self.viewer.tenant
        outcomes = await owner.analyser.analyse(tenant, sources, self.options) if sources else []
        digest = request_digest(sources, self.options)
        recorder = Recorder(owner.store, owner.clock, self.viewer, self.report, digest, self.report)
        # Every report of the project has its own place under the project's id; no two batches share one.
        good = {
            number * BATCH_FILES + item + 1: (source, outcome)
            for item, (source, outcome) in enumerate(zip(sources, outcomes, strict=True))
            if not isinstance(outcome, AnalysisError)
        }
        stored = iter(await recorder.record(good))
        results = [SourceResult(error.path, error) for error in batch if isinstance(error, SourceError)]
        for source, outcome in zip(sources, outcomes, strict=True):
            results.append(SourceResult(source.path, outcome if isinstance(outcome, AnalysisError) else next(stored)))
        self.done.put_nowait(results)

    def update(self, results: list[SourceResult], report: ReportRecord | None = None) -> ProjectUpdate:
        """Count `results` and tell how far the project is."""
        for result in results:
            self.totals.add(result.outcome.record.summary if isinstance(result.outcome, StoredReport) else None)
        elapsed = self.owner.clock.monotonic() - self.started
        return ProjectUpdate(results, self.assembler.received, self.totals.finished, elapsed, report)

    async def finish(self, label: str) -> ProjectUpdate:
        """Store the report of the whole project."""
        total = self.owner.clock.monotonic() - self.started
        record = ReportRecord(
            id=self.report,
            kind=ReportKind.PROJECT,
            parent=None,
            path=label,
            create_time=self.owner.clock.now(),
            content_sha256="",
            analyser_version=self.owner.analyser_version,
            encoding="",
            summary=self.totals.summary(),
            timings=Timings(total, 0.0, total),
            cached=False,
        )
        request = RequestKey(self.report, 0, request_digest([], self.options))
        (stored,) = await self.owner.store.add(self.viewer, [NewReport(record, request, None, None)])
        return self.update([], stored)

    async def stop(self, reader: asyncio.Task[None]) -> None:
        """Cancel what still runs, and wait until it is gone."""
        running = {reader, *self.tasks}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _batches(
    assembler: FileAssembler, parts: AsyncIterable[FilePart]
) -> AsyncGenerator[list[SourceFile | SourceError]]:
    """Complete files in batches: full ones, or what there is when the stream pauses."""
    batch: list[SourceFile | SourceError] = []
    size = 0
    source = aiter(parts)
    upcoming = asyncio.ensure_future(anext(source, None))
    try:
        while True:
            if batch and not upcoming.done():
                await asyncio.wait({upcoming}, timeout=IDLE_SECONDS)
                if not upcoming.done():
                    yield batch
                    batch, size = [], 0
            part = await upcoming
            if part is None:
                break
            upcoming = asyncio.ensure_future(anext(source, None))
            if (complete := assembler.add(part)) is not None:
                batch.append(complete)
                size += len(complete.content) if isinstance(complete, SourceFile) else len(part.data)
            if len(batch) >= BATCH_FILES or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
