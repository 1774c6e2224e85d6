"""Equal sources are analysed once: from the cache, and while they are under way."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from services.analysis.adapters.cached_analyser import CachedAnalyser
from services.analysis.domain.errors import SourceSyntaxInvalid
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.source import SourceFile
from services.analysis.ports import Analysed
from services.runtime.cache import MemoryCache
from tests.unit.analysis.fakes import FakeEngine

OPTIONS = AnalysisOptions()


def _analyser(engine: FakeEngine, version: str = "1", cache: MemoryCache | None = None) -> CachedAnalyser:
    return CachedAnalyser(engine, cache or MemoryCache(1 << 20, timedelta(hours=1)), version)


async def test_a_known_source_is_not_analysed_again() -> None:
    engine = FakeEngine()
    analyser = _analyser(engine)
    (first,) = await analyser.analyse("acme", [SourceFile("a/x.py", b"x")], OPTIONS)
    (second,) = await analyser.analyse("acme", [SourceFile("b/x.py", b"x")], OPTIONS)
    assert isinstance(first, Analysed)
    assert isinstance(second, Analysed)
    assert (first.cached, second.cached) == (False, True)
    assert (first.body, first.summary, first.key) == (second.body, second.summary, second.key)
    assert engine.batches == [["a/x.py"]]


@pytest.mark.parametrize(
    ("source", "options"),
    [
        (SourceFile("x.py", b"y"), OPTIONS),
        (SourceFile("x.py", "x"), OPTIONS),
        (SourceFile("__init__.py", b"x"), OPTIONS),
        (SourceFile("x.py", b"x"), AnalysisOptions(target_version=(3, 8))),
    ],
    ids=["content", "text instead of bytes", "file name", "options"],
)
async def test_what_can_change_the_findings_is_part_of_the_key(source: SourceFile, options: AnalysisOptions) -> None:
    engine = FakeEngine()
    analyser = _analyser(engine)
    await analyser.analyse("acme", [SourceFile("x.py", b"x")], OPTIONS)
    await analyser.analyse("acme", [source], options)
    assert len(engine.batches) == 2


async def test_another_version_of_the_analyser_does_not_see_old_results() -> None:
    engine = FakeEngine()
    cache = MemoryCache(1 << 20, timedelta(hours=1))
    await _analyser(engine, "1", cache).analyse("acme", [SourceFile("x.py", b"x")], OPTIONS)
    await _analyser(engine, "2", cache).analyse("acme", [SourceFile("x.py", b"x")], OPTIONS)
    assert len(engine.batches) == 2


async def test_equal_sources_at_the_same_time_share_one_analysis_and_errors_keep_their_names() -> None:
    engine = FakeEngine()
    engine.gate.clear()
    analyser = _analyser(engine)
    sources = [SourceFile(f"{number}/x.py", b"syntax error") for number in range(5)]
    tasks = [asyncio.create_task(analyser.analyse("acme", [source], OPTIONS)) for source in sources]
    while not engine.batches:
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    engine.gate.set()
    errors = [outcome for task in tasks for outcome in await task]
    assert [error.path for error in errors if isinstance(error, SourceSyntaxInvalid)] == [s.path for s in sources]
    assert len(engine.batches) == 1


async def test_one_caller_leaving_does_not_hurt_the_others_and_the_last_one_stops_the_work() -> None:
    engine = FakeEngine()
    engine.gate.clear()
    analyser = _analyser(engine)
    first, second = (
        asyncio.create_task(analyser.analyse("acme", [SourceFile("x.py", b"x")], OPTIONS)) for _ in range(2)
    )
    while not engine.batches:
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert engine.cancelled == 0
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    for _ in range(10):
        await asyncio.sleep(0)
    assert engine.cancelled == 1
    engine.gate.set()
    (again,) = await analyser.analyse("acme", [SourceFile("x.py", b"x")], OPTIONS)
    assert isinstance(again, Analysed)


async def test_the_same_source_twice_in_one_batch_is_analysed_once() -> None:
    engine = FakeEngine()
    outcomes = await _analyser(engine).analyse("acme", [SourceFile("x.py", b"x"), SourceFile("x.py", b"x")], OPTIONS)
    assert len(outcomes) == 2
    assert engine.batches == [["x.py"]]


async def test_nobody_learns_what_another_tenant_had_analysed() -> None:
    """Neither from the cache nor from an analysis under way."""
    engine, cache = FakeEngine(), MemoryCache(1 << 20, timedelta(hours=1))
    batch = [SourceFile("x.py", b"x")]
    for tenant in ("acme", "umbra"):
        (outcome,) = await _analyser(engine, "1", cache).analyse(tenant, batch, OPTIONS)
        assert isinstance(outcome, Analysed)
        assert not outcome.cached
    engine.gate.clear()
    analyser = _analyser(engine, "2", cache)
    tasks = [asyncio.create_task(analyser.analyse(tenant, batch, OPTIONS)) for tenant in ("acme", "umbra")]
    while len(engine.batches) < 4:
        await asyncio.sleep(0)
    engine.gate.set()
    await asyncio.gather(*tasks)
