"""The book of deployments: begun once for each request, one at a time for each service, watched without a gap."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from services.mesh.deployment.book import Book, Order
from services.mesh.deployment.model import CanaryPlan, DeploymentState, Strategy
from services.mesh.supervisor.changes import Background, Changes, Exclusive
from services.mesh.supervisor.errors import ChangeInProgress, DeploymentNotFound, RequestIdReused
from tests.support.waiting import eventually
from tests.unit.mesh.test_deployment import NEW, OLD, FakeStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_ID = UUID(int=1)


def _order(strategy: Strategy = Strategy.ROLLING, keep: float = 0) -> Order:
    return Order("echo", "2", strategy, CanaryPlan(), keep)


class Opened:
    """A book, and the bell that its watchers hear."""

    def __init__(self) -> None:
        self.changes, self.exclusive, self.background = Changes(), Exclusive(), Background()
        self.said: list[str] = []
        self.book = Book(self.changes, self.exclusive, self.background, self.said.append)


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    opened = Opened()
    yield opened
    await opened.background.cancel()


async def test_a_watch_sees_the_beginning_and_the_end(opened: Opened) -> None:
    begun = opened.book.start(_ID, _order(), FakeStage(), OLD, NEW)
    assert begun.state is DeploymentState.RUNNING
    seen = [deployment async for deployment in opened.book.watch(begun.name)]
    assert seen[0].message == "begun"
    assert [seen[-1].state, seen[-1].new_replicas, seen[-1].old_replicas] == [DeploymentState.SUCCEEDED, 3, 0]
    assert opened.book.all() == opened.book.all("echo") == (seen[-1],)
    assert opened.book.all("analysis") == ()


async def test_a_slow_watcher_still_hears_the_end(opened: Opened) -> None:
    begun = opened.book.start(_ID, _order(), FakeStage(), OLD, NEW)
    watch = opened.book.watch(begun.name)
    await anext(watch)
    # Everything happens while the watcher is busy with the first message.
    await eventually(lambda: opened.book.all()[0].state.over)
    assert (await anext(watch)).state is DeploymentState.SUCCEEDED
    with pytest.raises(StopAsyncIteration):
        await anext(watch)


async def test_the_same_request_gets_the_same_deployment_and_another_is_refused(opened: Opened) -> None:
    assert opened.book.repeated(_ID, _order()) is None
    begun = opened.book.start(_ID, _order(), FakeStage(), OLD, NEW)
    again = opened.book.repeated(_ID, _order())
    assert again is not None
    assert again.name == begun.name
    with pytest.raises(RequestIdReused):
        opened.book.repeated(_ID, _order(Strategy.BLUE_GREEN))


async def test_one_at_a_time(opened: Opened) -> None:
    stage = FakeStage(stop_at="start")
    begun = opened.book.start(_ID, _order(), stage, OLD, NEW)
    with pytest.raises(ChangeInProgress):
        opened.book.start(UUID(int=2), _order(), stage, OLD, NEW)
    assert len(opened.book.all()) == 1
    await stage.reached.wait()
    stage.gate.set()
    aborted = await opened.book.abort(begun.name)
    assert aborted.state is DeploymentState.ROLLED_BACK
    assert await opened.book.abort(begun.name) == aborted
    await eventually(lambda: not _busy(opened))


async def test_a_reserve_can_be_brought_back_until_it_is_given_up(opened: Opened) -> None:
    stage = FakeStage()
    begun = opened.book.start(_ID, _order(Strategy.BLUE_GREEN, keep=60), stage, OLD, NEW)
    await eventually(lambda: opened.book.all()[0].state.over and not _busy(opened))
    assert (await opened.book.abort(begun.name)).state is DeploymentState.ROLLED_BACK
    assert stage.releases() == [OLD] * 3


async def test_a_reserve_is_given_up_when_its_time_is_over(opened: Opened) -> None:
    stage = FakeStage()
    begun = opened.book.start(_ID, _order(Strategy.BLUE_GREEN, keep=0.01), stage, OLD, NEW)
    await eventually(lambda: stage.releases() == [NEW] * 3)
    await eventually(lambda: not _busy(opened))
    assert (await opened.book.abort(begun.name)).state is DeploymentState.SUCCEEDED
    assert stage.divided is None


async def test_a_reserve_is_given_up_for_another_change(opened: Opened) -> None:
    stage = FakeStage()
    opened.book.start(_ID, _order(Strategy.BLUE_GREEN, keep=60), stage, OLD, NEW)
    await eventually(lambda: opened.book.all()[0].state.over and not _busy(opened))
    await opened.book.settle("echo")
    assert (stage.releases(), stage.divided) == ([NEW] * 3, None)


async def test_there_is_no_such_deployment(opened: Opened) -> None:
    with pytest.raises(DeploymentNotFound):
        await opened.book.abort("deployments/none")
    with pytest.raises(DeploymentNotFound):
        await anext(opened.book.watch("deployments/none"))


async def test_work_goes_on_without_who_asked_for_it() -> None:
    background, gate, done = Background(), asyncio.Event(), []

    async def work() -> None:
        await gate.wait()
        done.append(True)

    caller = asyncio.create_task(background.finish(work(), "work"))
    await asyncio.sleep(0)
    caller.cancel()
    with suppress(asyncio.CancelledError):
        await caller
    gate.set()
    await eventually(lambda: bool(done))


def _busy(opened: Opened) -> bool:
    with suppress(ChangeInProgress), opened.exclusive.changing("echo"):
        return False
    return True
