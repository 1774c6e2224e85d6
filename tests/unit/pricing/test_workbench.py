"""Advice waits in a bounded queue, and not for callers that went away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from services.pricing.adapters.workbench import Workbench
from services.runtime.exceptions import Overloaded
from tests.support.waiting import eventually


class Work:
    """Work that is under way until it is let go."""

    def __init__(self) -> None:
        self.begun, self._go = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self._go.wait(20)
        return "done"

    def let_go(self) -> None:
        self._go.set()


@pytest.fixture
async def bench() -> AsyncIterator[Workbench]:
    """One thread, and one place to wait."""
    made = Workbench(1, 1)
    yield made
    await made.close()


async def test_it_gives_what_the_work_gives(bench: Workbench) -> None:
    assert await bench.run(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await bench.run(lambda: 1 // 0)
    assert await bench.run(lambda: 8) == 8, "what failed left its place"


async def test_work_does_not_hold_up_the_loop(bench: Workbench) -> None:
    work = Work()
    running = asyncio.create_task(bench.run(work))
    await eventually(work.begun.is_set, 10)
    work.let_go()
    assert await running == "done"


async def test_more_than_may_wait_are_refused_at_once_and_let_in_again_later(bench: Workbench) -> None:
    first, second = Work(), Work()
    running = [asyncio.create_task(bench.run(work)) for work in (first, second)]
    await eventually(first.begun.is_set, 10)
    with pytest.raises(Overloaded) as caught:
        await bench.run(lambda: 1)
    assert caught.value.limit == 2
    first.let_go(), second.let_go()
    assert await asyncio.gather(*running) == ["done", "done"]
    assert await bench.run(lambda: 9) == 9


async def test_a_caller_that_goes_away_leaves_the_queue(bench: Workbench) -> None:
    first, dropped = Work(), Work()
    running = asyncio.create_task(bench.run(first))
    await eventually(first.begun.is_set, 10)
    waiting = asyncio.create_task(bench.run(dropped))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    # Its place is free for somebody else before the work in front of it has ended.
    await eventually(lambda: bench.free > 0, 10)
    another = asyncio.create_task(bench.run(lambda: "another"))
    await asyncio.sleep(0)
    first.let_go()
    assert (await running, await another) == ("done", "another")
    assert not dropped.begun.is_set()


async def test_work_whose_caller_went_away_keeps_its_place_to_its_end(bench: Workbench) -> None:
    work = Work()
    running = asyncio.create_task(bench.run(work))
    await eventually(work.begun.is_set, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert bench.free == 1, "a thread is busy with it"
    work.let_go()
    await eventually(lambda: bench.free == 2, 10)


async def test_closing_drops_what_waits_and_waits_for_what_runs() -> None:
    bench, first, second = Workbench(1, 1), Work(), Work()
    running, waiting = (asyncio.create_task(bench.run(work)) for work in (first, second))
    await eventually(first.begun.is_set, 10)
    closing = asyncio.create_task(bench.close())
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not closing.done()
    first.let_go()
    await closing
    assert await running == "done"
    assert not second.begun.is_set()
