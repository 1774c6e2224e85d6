"""The pool outlives everything that a source can do to a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.analysis.adapters.engine.outcome import EngineReport
from services.analysis.adapters.engine.pool import WorkerPool
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.domain.errors import SourceSyntaxInvalid, SourceTimedOut, SourceTooComplex
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.runtime.exceptions import DependencyUnavailable, Overloaded, ShuttingDown

GOOD = SourceFile("good.py", b"x = 1\n")
LARGE = SourceFile("large.py", b"x = [" + b"f(a, b), " * 500_000 + b"]\n")
TOGETHER = 8 * 1024**2


@asynccontextmanager
async def running(settings: EngineSettings) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(settings)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def test_answers_in_order_with_errors_in_their_places() -> None:
    async with running(EngineSettings()) as pool:
        await pool.check()
        outcomes = await pool.analyse([GOOD, SourceFile("bad.py", b"x = ("), GOOD], AnalysisOptions())
        assert [type(outcome) for outcome in outcomes] == [EngineReport, SourceSyntaxInvalid, EngineReport]


async def test_only_the_guilty_source_times_out() -> None:
    async with running(EngineSettings(batch_bytes=TOGETHER, batch_seconds=0.1, source_seconds=1.5)) as pool:
        outcomes = await pool.analyse([GOOD, LARGE, GOOD], AnalysisOptions())
        assert [type(outcome) for outcome in outcomes] == [EngineReport, SourceTimedOut, EngineReport]
        assert isinstance((await pool.analyse([GOOD], AnalysisOptions()))[0], EngineReport)


async def test_only_the_guilty_source_runs_out_of_memory() -> None:
    # Time must not be the first to end, however busy the machine is.
    settings = EngineSettings(batch_bytes=TOGETHER, worker_memory=700 * 1024**2, source_seconds=60)
    async with running(settings) as pool:
        outcomes = await pool.analyse([GOOD, LARGE, GOOD], AnalysisOptions())
        assert [type(outcome) for outcome in outcomes] == [EngineReport, SourceTooComplex, EngineReport]


async def test_more_than_may_wait_is_refused() -> None:
    async with running(EngineSettings(max_waiting=2)) as pool:
        with pytest.raises(Overloaded) as caught:
            await pool.analyse([GOOD] * 3, AnalysisOptions())
        assert caught.value.limit == 2


async def test_cancelled_work_is_dropped() -> None:
    async with running(EngineSettings()) as pool:
        busy = asyncio.create_task(pool.analyse([GOOD] * 64, AnalysisOptions()))
        dropped = asyncio.create_task(pool.analyse([GOOD] * 500, AnalysisOptions()))
        await asyncio.sleep(0)
        dropped.cancel()
        assert len(await busy) == 64
        assert len(await pool.analyse([GOOD], AnalysisOptions())) == 1
        assert pool.waiting == 0


async def test_workers_are_replaced_after_their_share() -> None:
    async with running(EngineSettings(worker_files=1)) as pool:
        for _ in range(2):
            assert isinstance((await pool.analyse([GOOD], AnalysisOptions()))[0], EngineReport)


async def test_a_closed_pool_says_so() -> None:
    async with running(EngineSettings()) as pool:
        pass
    with pytest.raises(ShuttingDown):
        await pool.analyse([GOOD], AnalysisOptions())
    with pytest.raises(DependencyUnavailable):
        await pool.check()
