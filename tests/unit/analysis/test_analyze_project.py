"""A project: results flow, memory is bounded, failures and departures leave nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from services.analysis.domain.assembly import FilePart
from services.analysis.domain.errors import ProjectStreamInvalid, SourceTooLarge
from services.analysis.domain.limits import MAX_BYTES
from services.analysis.domain.options import AnalysisOptions
from services.analysis.usecases.analyze_project import BATCH_FILES, AnalyzeProject, ProjectUpdate
from services.analysis.usecases.record import StoredReport
from services.runtime.clock import SystemClock
from tests.unit.analysis.fakes import ANA, FakeAnalyser, FakeStore


def _project(analyser: FakeAnalyser, store: FakeStore, in_flight: int = 4) -> AnalyzeProject:
    return AnalyzeProject(analyser, store, SystemClock(), "fake 1", in_flight)


async def _feed(parts: Iterable[FilePart]) -> AsyncIterator[FilePart]:
    for part in parts:
        yield part


def _files(count: int, text: bytes = b"x = 1\n") -> list[FilePart]:
    return [FilePart(f"m{number}.py", text + b"#%d\n" % number, last=True) for number in range(count)]


async def _collect(updates: AsyncIterator[ProjectUpdate]) -> list[ProjectUpdate]:
    return [update async for update in updates]


async def test_every_file_has_a_result_and_the_report_is_their_sum() -> None:
    store = FakeStore()
    parts = [*_files(150), FilePart("bad.py", b"syntax error", last=True)]
    updates = await _collect(_project(FakeAnalyser(), store)(ANA, "demo", _feed(parts), AnalysisOptions()))
    results = [result for update in updates for result in update.results]
    assert sorted(result.path for result in results) == sorted(part.path for part in parts)
    final = updates[-1].report
    assert final is not None
    assert (final.summary.files, final.summary.failed_files, final.summary.findings) == (150, 1, 150)
    stored = [result.outcome.record for result in results if isinstance(result.outcome, StoredReport)]
    assert {record.parent for record in stored} == {final.id}
    assert len(store.reports) == 151


async def test_parts_are_joined() -> None:
    store = FakeStore()
    parts = [FilePart("a.py", b"x =", last=False), FilePart("a.py", b" 1\n", last=True)]
    await _collect(_project(FakeAnalyser(), store)(ANA, "demo", _feed(parts), AnalysisOptions()))
    assert b"x = 1\n" in {report.body for report in store.reports.values()}


async def test_results_come_while_files_still_arrive() -> None:
    arrived = asyncio.Event()

    async def slow() -> AsyncIterator[FilePart]:
        yield FilePart("first.py", b"", last=True)
        await arrived.wait()
        yield FilePart("second.py", b"", last=True)

    updates = _project(FakeAnalyser(), FakeStore())(ANA, "demo", slow(), AnalysisOptions())
    first = await asyncio.wait_for(anext(updates), 5)
    assert [result.path for result in first.results] == ["first.py"]
    arrived.set()
    assert (await _collect(updates))[-1].report is not None


async def test_a_caller_that_does_not_take_results_stops_the_reading() -> None:
    read = 0

    async def endless() -> AsyncIterator[FilePart]:
        nonlocal read
        for part in _files(100 * BATCH_FILES):
            read += 1
            yield part

    updates = _project(FakeAnalyser(), FakeStore(), in_flight=2)(ANA, "demo", endless(), AnalysisOptions())
    await anext(updates)
    for _ in range(200):
        await asyncio.sleep(0)
    assert read <= 5 * BATCH_FILES
    await updates.aclose()


async def test_a_departing_caller_stops_the_work() -> None:
    analyser = FakeAnalyser()
    analyser.gate.clear()
    updates = _project(analyser, FakeStore())(ANA, "demo", _feed(_files(3)), AnalysisOptions())
    waiting = asyncio.ensure_future(anext(updates))
    while not analyser.batches:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert analyser.cancelled == 1


async def test_a_failing_analyser_fails_the_project_at_once() -> None:
    analyser = FakeAnalyser()
    analyser.failure = RuntimeError("broken")
    never = asyncio.Event()

    async def open_ended() -> AsyncIterator[FilePart]:
        yield FilePart("a.py", b"", last=True)
        await never.wait()

    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.wait_for(
            _collect(_project(analyser, FakeStore())(ANA, "demo", open_ended(), AnalysisOptions())), 5
        )


@pytest.mark.parametrize(
    "parts",
    [
        [FilePart("a.py", b"", last=True), FilePart("a.py", b"", last=True)],
        [FilePart("a.py", b"", last=False), FilePart("b.py", b"", last=True)],
        [FilePart("a.py", b"", last=False)],
    ],
    ids=["sent twice", "mixed", "cut off"],
)
async def test_parts_out_of_order_are_refused(parts: list[FilePart]) -> None:
    with pytest.raises(ProjectStreamInvalid):
        await _collect(_project(FakeAnalyser(), FakeStore())(ANA, "demo", _feed(parts), AnalysisOptions()))


async def test_a_file_that_is_too_large_fails_alone() -> None:
    parts = [FilePart("big.py", b"#" * MAX_BYTES, last=False), FilePart("big.py", b"#", last=True), *_files(1)]
    updates = await _collect(_project(FakeAnalyser(), FakeStore())(ANA, "demo", _feed(parts), AnalysisOptions()))
    outcomes = {result.path: result.outcome for update in updates for result in update.results}
    assert isinstance(outcomes["big.py"], SourceTooLarge)
    assert isinstance(outcomes["m0.py"], StoredReport)


async def test_an_empty_project_has_a_report() -> None:
    (only,) = await _collect(_project(FakeAnalyser(), FakeStore())(ANA, "demo", _feed([]), AnalysisOptions()))
    assert only.report is not None
    assert only.report.summary.score == 100.0
