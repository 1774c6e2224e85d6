"""Runs analyses in worker processes, so that the event loop never blocks and no source can hurt the service."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.analysis.adapters.engine.outcome import EngineOutcome, EngineReport
from services.analysis.adapters.engine.process import WorkerDied, WorkerProcess
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.errors import SourceTimedOut, SourceTooComplex
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.runtime.exceptions import DependencyUnavailable, Overloaded, ShuttingDown

_NAME = "analysis engine"
_RESTART_SECONDS = 1.0
_MIB = 1024 * 1024
# Fewer sources than these are not divided among workers: ruff's start would cost more than is gained.
_LEAST_FILES = 16


@dataclass(slots=True, eq=False)
class _Ticket:
    """A source that waits, or is worked on; `size` in characters or bytes."""

    source: SourceFile
    options: AnalysisOptions
    future: asyncio.Future[EngineOutcome]
    since: float
    size: int


class WorkerPool:
    """`settings.workers` processes that analyse sources in batches.

    A free worker takes its share of what waits with the same options, up to the limits of a batch: under light load a
    source goes alone at once, under heavy load batches fill up by themselves. After a batch that exceeds its time or
    kills its worker, its sources go one by one, so that only the guilty one fails. Work whose caller went away is
    dropped before it starts.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._waiting: deque[_Ticket] = deque()
        self._wake = asyncio.Condition()
        self._workers = [WorkerProcess(settings) for _ in range(settings.workers)]
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = False

    async def start(self) -> None:
        """Start the workers; returns when each has answered. Raises DependencyUnavailable when one does not come up."""
        try:
            await asyncio.gather(*(worker.start() for worker in self._workers))
        except WorkerDied as error:
            await self.close()
            raise DependencyUnavailable(_NAME) from error
        self._tasks = [asyncio.create_task(self._serve(worker)) for worker in self._workers]

    async def close(self) -> None:
        """Stop the workers; what still waits is answered with ShuttingDown."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers:
            await worker.stop()
        while self._waiting:
            _fail(self._waiting.popleft(), ShuttingDown())

    async def check(self) -> None:
        """Raises DependencyUnavailable when the pool does not serve."""
        if self._closed or not self._tasks or all(task.done() for task in self._tasks):
            raise DependencyUnavailable(_NAME)

    @property
    def waiting(self) -> int:
        """How many sources wait for a worker."""
        return len(self._waiting)

    async def analyse(self, batch: Sequence[SourceFile], options: AnalysisOptions) -> list[EngineOutcome]:
        """One outcome for each source, in order.

        Raises Overloaded when no more sources can wait, ShuttingDown after `close`.
        """
        if self._closed:
            raise ShuttingDown
        if len(self._waiting) + len(batch) > self._settings.max_waiting:
            raise Overloaded(self._settings.max_waiting)
        loop, now = asyncio.get_running_loop(), time.monotonic()
        tickets = [_Ticket(source, options, loop.create_future(), now, len(source.content)) for source in batch]
        async with self._wake:
            self._waiting.extend(tickets)
            self._wake.notify(len(self._workers))
        try:
            return list(await asyncio.gather(*(ticket.future for ticket in tickets)))
        finally:
            for ticket in tickets:
                ticket.future.cancel()

    async def _serve(self, worker: WorkerProcess) -> None:
        while True:
            batch = await self._next_batch()
            try:
                await self._run(worker, batch)
            except Exception:
                # The worker cannot even be started: tell the callers, and give the machine a moment.
                for ticket in batch:
                    _fail(ticket, DependencyUnavailable(_NAME))
                await asyncio.sleep(_RESTART_SECONDS)
            finally:
                for ticket in batch:
                    _fail(ticket, ShuttingDown())

    async def _next_batch(self) -> list[_Ticket]:
        """Wait for work; all that waits with the options of the first, in order, within the limits of a batch."""
        async with self._wake:
            while True:
                batch: list[_Ticket] = []
                size, most = 0, self._share()
                while self._waiting and len(batch) < most:
                    ticket = self._waiting[0]
                    if not ticket.future.done():
                        if batch and (
                            size + ticket.size > self._settings.batch_bytes or ticket.options != batch[0].options
                        ):
                            break
                        batch.append(ticket)
                        size += ticket.size
                    self._waiting.popleft()
                if batch:
                    return batch
                await self._wake.wait()

    def _share(self) -> int:
        """How many sources a worker takes at most: when few are left, its part of them, so that the workers end the
        last ones together."""
        part = -(-len(self._waiting) // len(self._workers))
        return min(self._settings.batch_files, max(part, _LEAST_FILES))

    async def _run(self, worker: WorkerProcess, batch: list[_Ticket]) -> None:
        """Answer the tickets of a batch. Raises WorkerDied when the worker cannot be started."""
        batch = [ticket for ticket in batch if not ticket.future.done()]
        if not batch:
            return
        limit = self._settings.source_seconds if len(batch) == 1 else self._batch_limit(batch)
        error = await self._attempt(worker, batch, limit)
        if error is not None and len(batch) > 1:
            await self._run_one_by_one(worker, batch, self._settings.source_seconds - limit)

    def _batch_limit(self, batch: Sequence[_Ticket]) -> float:
        size = sum(ticket.size for ticket in batch)
        return min(self._settings.batch_seconds * (1 + size / _MIB), self._settings.source_seconds / 2)

    async def _run_one_by_one(self, worker: WorkerProcess, batch: Sequence[_Ticket], limit: float) -> None:
        """Find out which source of a batch failed. The small ones go first: they are quick, and seldom guilty."""
        for ticket in sorted(batch, key=lambda ticket: ticket.size):
            if not ticket.future.done():
                await self._attempt(worker, [ticket], limit)

    async def _attempt(self, worker: WorkerProcess, batch: Sequence[_Ticket], limit: float) -> Exception | None:
        """Answer the tickets of a batch, a lone one also with a failure; what failed otherwise."""
        await worker.start()
        begun = time.monotonic()
        settings = self._settings
        try:
            outcomes = await worker.run([ticket.source for ticket in batch], batch[0].options, limit)
        except (TimeoutError, WorkerDied) as error:
            if len(batch) == 1:
                path = batch[0].source.path
                guilty = (
                    SourceTimedOut(path, round(settings.source_seconds * 1000))
                    if isinstance(error, TimeoutError)
                    else SourceTooComplex(path, settings.worker_memory)
                )
                _answer(batch[0], guilty, begun)
            return error
        for ticket, outcome in zip(batch, outcomes, strict=True):
            _answer(ticket, outcome, begun)
        return None


def _answer(ticket: _Ticket, outcome: EngineOutcome, begun: float) -> None:
    if isinstance(outcome, EngineReport):
        outcome = replace(outcome, queued_seconds=max(0.0, begun - ticket.since))
    with contextlib.suppress(asyncio.InvalidStateError):
        ticket.future.set_result(outcome)


def _fail(ticket: _Ticket, error: Exception) -> None:
    if not ticket.future.done():
        ticket.future.set_exception(error)
