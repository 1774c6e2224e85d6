"""Runs analyses in worker processes, so that the event loop never blocks and no source can hurt the service."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from services.analysis.adapters.engine.outcome import EngineOutcome
from services.analysis.adapters.engine.process import WorkerLost, WorkerProcess
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.errors import SourceTimedOut, SourceTooComplex
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.runtime.exceptions import DependencyUnavailable, Overloaded, ShuttingDown

_LOG = structlog.get_logger("engine")
_MIB = 1024 * 1024
# Between two tries to start a worker that does not come up.
_RESTART_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class _Waiting:
    """A source that waits for a worker, and who waits for its outcome."""

    source: SourceFile
    options: AnalysisOptions
    outcome: asyncio.Future[EngineOutcome]
    since: float


class WorkerPool:
    """`settings.workers` processes that analyse sources in batches.

    A free worker takes what waits, up to the size of a batch: one source when there is little to do, many when there
    is much. A batch that kills its worker, or takes too long, is tried again source by source, so that only the guilty
    one fails.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._workers = [WorkerProcess(settings) for _ in range(settings.workers)]
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Condition()
        self._loops: list[asyncio.Task[None]] = []
        self._closed = False

    async def start(self) -> None:
        """Start the workers; returns when each has answered. Raises DependencyUnavailable when one does not come up."""
        try:
            await asyncio.gather(*(worker.start() for worker in self._workers))
        except (WorkerLost, TimeoutError, OSError) as error:
            await self._kill_all()
            raise DependencyUnavailable("analysis workers") from error
        self._loops = [asyncio.create_task(self._work(worker)) for worker in self._workers]

    async def close(self) -> None:
        """Stop the workers; what still waits is answered with ShuttingDown."""
        self._closed = True
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        while self._waiting:
            _fail([self._waiting.popleft()], ShuttingDown())
        await self._kill_all()

    async def check(self) -> None:
        """Raises DependencyUnavailable when no worker is alive."""
        if not any(worker.alive for worker in self._workers):
            raise DependencyUnavailable("analysis workers")

    async def analyse(self, batch: Sequence[SourceFile], options: AnalysisOptions) -> list[EngineOutcome]:
        """One outcome for each source, in order. Raises Overloaded when no more sources can wait."""
        if self._closed:
            raise ShuttingDown
        if self._waiting and len(self._waiting) + len(batch) > self._settings.max_waiting:
            raise Overloaded(self._settings.max_waiting)
        loop, now = asyncio.get_running_loop(), time.monotonic()
        mine = [_Waiting(source, options, loop.create_future(), now) for source in batch]
        self._waiting.extend(mine)
        async with self._arrived:
            self._arrived.notify(max(1, len(mine) // self._settings.batch_files))
        try:
            return list(await asyncio.gather(*(waiting.outcome for waiting in mine)))
        finally:
            # A caller that leaves takes along what no worker has taken yet: its futures are cancelled, see `_take`.
            for waiting in mine:
                waiting.outcome.cancel()

    async def _work(self, worker: WorkerProcess) -> None:
        while True:
            async with self._arrived:
                while not (batch := self._take()):
                    await self._arrived.wait()
            try:
                await self._run(worker, batch)
            except Exception as error:
                _LOG.exception("batch failed", sources=len(batch))
                _fail(batch, error)
            finally:
                _fail(batch, ShuttingDown())  # without effect on what is settled

    def _take(self) -> list[_Waiting]:
        """The next batch: sources with equal options, in order of arrival, at least one if there is any."""
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and len(batch) < self._settings.batch_files:
            waiting = self._waiting[0]
            if waiting.outcome.done():
                self._waiting.popleft()
                continue
            size += len(waiting.source.content)
            if batch and (size > self._settings.batch_bytes or waiting.options != batch[0].options):
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _run(self, worker: WorkerProcess, batch: list[_Waiting]) -> None:
        size = sum(len(waiting.source.content) for waiting in batch)
        limit = self._settings.source_seconds
        if len(batch) > 1:
            limit = min(limit, self._settings.batch_seconds * (1 + size / _MIB))
        try:
            await self._try(worker, batch, limit)
        except (TimeoutError, WorkerLost) as error:
            _LOG.warning("worker replaced", sources=len(batch), error=type(error).__name__)
            await self._replace(worker)
            if len(batch) == 1:
                self._blame(batch[0], error)
                return
            for waiting in batch:
                if not waiting.outcome.done():
                    await self._run(worker, [waiting])

    async def _try(self, worker: WorkerProcess, batch: list[_Waiting], seconds: float) -> None:
        if not worker.alive or worker.worn:
            await self._replace(worker)
        now = time.monotonic()
        outcomes = await worker.run(
            [waiting.source for waiting in batch],
            batch[0].options,
            [now - waiting.since for waiting in batch],
            seconds,
        )
        for waiting, outcome in zip(batch, outcomes, strict=True):
            if not waiting.outcome.done():
                waiting.outcome.set_result(outcome)

    def _blame(self, waiting: _Waiting, error: Exception) -> None:
        if waiting.outcome.done():
            return
        path, settings = waiting.source.path, self._settings
        if isinstance(error, TimeoutError):
            waiting.outcome.set_result(SourceTimedOut(path, int(settings.source_seconds * 1000)))
        else:
            waiting.outcome.set_result(SourceTooComplex(path, settings.worker_memory))

    async def _replace(self, worker: WorkerProcess) -> None:
        """A fresh process in place of the old one; tries until there is one."""
        await worker.kill()
        while True:
            try:
                await worker.start()
            except (WorkerLost, TimeoutError, OSError) as error:
                _LOG.error("worker does not start", error=type(error).__name__)
                await worker.kill()
                await asyncio.sleep(_RESTART_SECONDS)
            else:
                return

    async def _kill_all(self) -> None:
        await asyncio.gather(*(worker.kill() for worker in self._workers))


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        if not waiting.outcome.done():
            waiting.outcome.set_exception(error)
