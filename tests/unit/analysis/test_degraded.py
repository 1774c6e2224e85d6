"""What is found is told although it cannot be kept, and nobody waits long for a store that does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from services.analysis.adapters.guarded_store import GuardedStore
from services.analysis.convert_reports import stored_to_proto
from services.analysis.domain.access import Viewer
from services.analysis.domain.assembly import FilePart
from services.analysis.domain.options import AnalysisOptions
from services.analysis.domain.reports import NewReport, ReportRecord
from services.analysis.domain.source import SourceFile
from services.analysis.usecases.analyze_project import AnalyzeProject
from services.analysis.usecases.analyze_source import AnalyzeSource
from services.analysis.usecases.batch_analyze_sources import BatchAnalyzeSources
from services.analysis.usecases.record import StoredReport
from services.runtime.cache.breaker import Breaker
from services.runtime.exceptions import DependencyUnavailable, RequestIdReused
from tests.support.clock import FakeClock
from tests.unit.analysis.fakes import ANA, FakeAnalyser, FakeStore

SOURCE = SourceFile("a.py", "x = 1\n")


class Sick(FakeStore):
    """Fails as often as it is told, or hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self.hangs = False
        self.asked = 0

    async def add(self, creator: Viewer, reports: Sequence[NewReport]) -> list[ReportRecord]:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.failures:
            raise self.failures.pop()
        return await super().add(creator, reports)


async def _parts() -> AsyncIterator[FilePart]:
    yield FilePart("a.py", b"x = 1\n", last=True)


async def _analyse(store: GuardedStore, clock: FakeClock) -> StoredReport:
    stored = await AnalyzeSource(FakeAnalyser(), store, clock)(ANA, SOURCE, AnalysisOptions(), uuid4())
    return replace(stored, body=None)  # the fake's body is no encoded report


async def test_one_lost_connection_is_made_good(clock: FakeClock) -> None:
    sick = Sick()
    sick.failures = [ConnectionResetError()]
    stored = await _analyse(GuardedStore(sick), clock)
    assert stored.kept
    assert stored_to_proto(stored).name == f"reports/{stored.record.id}"
    assert not stored_to_proto(stored).degraded


@pytest.mark.parametrize("hangs", [True, False])
async def test_a_store_that_is_away_costs_the_name_and_not_the_findings(clock: FakeClock, hangs: bool) -> None:
    sick = Sick()
    sick.hangs, sick.failures = hangs, [ConnectionRefusedError(), ConnectionRefusedError()]
    stored = await _analyse(GuardedStore(sick, seconds=0.05), clock)
    report = stored_to_proto(stored)
    assert (report.name, list(report.degraded), report.path) == ("", ["storage"], "a.py")
    assert report.content_sha256 == stored.record.content_sha256


async def test_a_store_that_stays_away_is_left_alone_for_a_while(clock: FakeClock) -> None:
    sick = Sick()
    sick.hangs = True
    store = GuardedStore(sick, Breaker(failures=2, seconds=1.0, clock=clock), seconds=0.02)
    for _ in range(5):
        assert not (await _analyse(store, clock)).kept
    assert sick.asked == 2
    sick.hangs = False
    clock.advance(1.1)
    assert (await _analyse(store, clock)).kept


async def test_a_store_that_says_no_is_asked_again_soon_since_it_may_be_starting(clock: FakeClock) -> None:
    sick = Sick()
    sick.failures = [ConnectionRefusedError()] * 2
    store = GuardedStore(sick, Breaker(failures=1, seconds=60.0, clock=clock))
    assert not (await _analyse(store, clock)).kept
    assert not (await _analyse(store, clock)).kept
    assert sick.asked == 2, "for a moment it is left alone"
    clock.advance(0.3)
    assert (await _analyse(store, clock)).kept


async def test_what_is_the_requests_fault_stays_so(clock: FakeClock) -> None:
    sick = Sick()
    sick.failures = [RequestIdReused()]
    with pytest.raises(RequestIdReused):
        await _analyse(GuardedStore(sick), clock)


async def test_a_fault_of_ours_is_not_hidden(clock: FakeClock) -> None:
    sick = Sick()
    sick.failures = [ValueError("ours")]
    with pytest.raises(ValueError, match="ours"):
        await _analyse(GuardedStore(sick), clock)


async def test_a_batch_tells_it_of_each_source(clock: FakeClock) -> None:
    sick = Sick()
    sick.hangs = True
    batch = BatchAnalyzeSources(FakeAnalyser(), GuardedStore(sick, seconds=0.02), clock)
    results = await batch(ANA, [SOURCE, SourceFile("b.py", "syntax error")], AnalysisOptions(), uuid4())
    good, bad = (result.outcome for result in results)
    assert isinstance(good, StoredReport)
    assert not good.kept
    assert not isinstance(bad, StoredReport)


async def test_a_project_is_kept_or_fails(clock: FakeClock) -> None:
    sick = Sick()
    sick.hangs = True
    project = AnalyzeProject(FakeAnalyser(), GuardedStore(sick, seconds=0.02), clock, "fake 1", 2)
    with pytest.raises(DependencyUnavailable):
        async for _ in project(ANA, "p", _parts(), AnalysisOptions()):
            pass
