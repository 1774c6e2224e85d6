"""The strategies, step by step, on a stage without processes that checks what must hold after each step."""

from __future__ import annotations

import asyncio
import itertools
import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.mesh.deployment.blue_green import BlueGreen
from services.mesh.deployment.canary import Canary
from services.mesh.deployment.model import CanaryEvidence, CanaryPlan, Deployment, DeploymentState, Strategy
from services.mesh.deployment.port import Member
from services.mesh.deployment.rolling import Rolling
from services.mesh.deployment.run import Run
from services.mesh.judge import Sample
from services.mesh.supervisor.errors import StartFailed
from services.mesh.versions.release import Release

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.mesh.deployment import run
    from services.mesh.traffic import Split

OLD, NEW = Release("1", Path("old")), Release("2", Path("new"))
_BOUNDS = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, math.inf)


@dataclass
class Place:
    """One replica, and the clusters it is in."""

    member: Member
    clusters: set[str]


@dataclass
class FakeStage:
    """A service of `wanted` replicas. After each step calls must have a replica to go to, at full capacity."""

    wanted: int = 3
    broken: Release | None = None
    failing: float = 0.0
    slow: bool = False
    dying: bool = False
    service: str = "echo"
    now: float = 0.0
    adopted: Release = OLD
    migrated: list[Release] = field(default_factory=list)
    divided: Split | None = None
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    stop_at: str = ""
    _places: dict[str, Place] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        for zone in itertools.islice(itertools.cycle(("a", "b")), self.wanted):
            self._add(OLD, zone, {"own"})

    def members(self) -> Sequence[Member]:
        return [replace(place.member, aside=place.clusters == {"aside"}) for place in self._places.values()]

    async def migrate(self, release: Release) -> None:
        self.migrated.append(release)

    async def start(self, release: Release, zones: Sequence[str | None], *, aside: bool = False) -> Sequence[str]:
        await self._step("start")
        if release == self.broken:
            raise StartFailed("it did not become ready")
        return [self._add(release, zone or "a", {"aside" if aside else "own"}) for zone in zones]

    async def join(self, names: Collection[str]) -> None:
        for name in names:
            self._places[name].clusters.add("own")
        await self._step("join")

    async def leave_aside(self, names: Collection[str]) -> None:
        for name in names:
            self._places[name].clusters.discard("aside")
        await self._step("leave_aside")

    async def hold_back(self, names: Collection[str]) -> None:
        for name in names:
            self._places[name].clusters.clear()
        await self._step("hold_back")

    async def bring_back(self, names: Collection[str]) -> None:
        for name in names:
            self._places[name].clusters = {"own"}
        await self._step("bring_back")

    async def stop(self, names: Collection[str]) -> None:
        for name in names:
            del self._places[name]
        await self._step("stop")

    async def split(self, split: Split | None) -> None:
        self.divided = split
        await self._step("split")

    def adopt(self, release: Release) -> None:
        self.adopted = release

    async def steady(self, names: Collection[str], seconds: float) -> bool:
        self.now += seconds
        await asyncio.sleep(0)
        return not self.dying

    async def samples(self) -> tuple[Sample, Sample]:
        calls = int(self.now * 40)
        median = 12.0 if self.slow else 2.0
        return _sample(calls, int(calls * self.failing), median), _sample(calls * 4, 0, 2.0)

    def releases(self) -> list[Release]:
        return [member.release for member in self.members()]

    def zones(self) -> list[str]:
        return sorted(member.zone for member in self.members())

    def _add(self, release: Release, zone: str, clusters: set[str]) -> str:
        name = f"echo-{next(self._numbers)}"
        self._places[name] = Place(Member(name, release, zone, aside=False), clusters)
        return name

    async def _step(self, name: str) -> None:
        share = self.divided.percent if self.divided else 0.0
        if share < 100:
            assert self._in("own") >= self.wanted, f"too few replicas take calls after {name}"
        if share > 0:
            assert self._in("aside") >= (self.wanted if share == 100 else 1), f"calls go nowhere after {name}"
        if name == self.stop_at:
            self.reached.set()
            await self.gate.wait()

    def _in(self, cluster: str) -> int:
        return sum(cluster in place.clusters for place in self._places.values())


def _sample(calls: int, failures: int, milliseconds: float) -> Sample:
    return Sample(calls, failures, {bound: calls if bound >= milliseconds else 0 for bound in _BOUNDS})


def _run(stage: FakeStage, strategy: Strategy) -> Run:
    deployment = Deployment(
        "deployments/echo-1", "echo", "1", "2", strategy, DeploymentState.RUNNING, "begun", datetime.now(UTC)
    )
    return Run(deployment, stage, OLD, NEW, lambda: None)


def _canary(stage: FakeStage, noted: list[CanaryEvidence] | None = None, **plan: float) -> Canary:
    heard = [] if noted is None else noted
    return Canary(CanaryPlan(**plan), heard.append, clock=lambda: stage.now)  # type: ignore[arg-type]


STRATEGIES = ["rolling", "blue-green", "canary"]


def _strategy(name: str, stage: FakeStage) -> run.Strategy:
    match Strategy(name):
        case Strategy.ROLLING:
            return Rolling()
        case Strategy.BLUE_GREEN:
            return BlueGreen()
        case Strategy.CANARY:
            return _canary(stage)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("wanted", [1, 2, 5])
async def test_a_good_version_replaces_the_other_without_a_gap(name: str, wanted: int) -> None:
    stage = FakeStage(wanted)
    zones = stage.zones()
    running = _run(stage, Strategy(name))
    await running.execute(_strategy(name, stage))
    assert running.deployment.state is DeploymentState.SUCCEEDED, running.deployment.message
    assert stage.releases() == [NEW] * wanted
    assert (stage.divided, stage.adopted, stage.migrated) == (None, NEW, [NEW])
    assert (running.deployment.new_replicas, running.deployment.old_replicas) == (wanted, 0)
    assert running.deployment.end_time is not None
    if name != "canary":
        assert stage.zones() == zones


@pytest.mark.parametrize("name", STRATEGIES)
async def test_a_version_that_does_not_start_leaves_everything_as_it_was(name: str) -> None:
    stage = FakeStage(broken=NEW)
    running = _run(stage, Strategy(name))
    await running.execute(_strategy(name, stage))
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert "did not become ready" in running.deployment.message
    assert (stage.releases(), stage.divided, stage.adopted) == ([OLD] * 3, None, OLD)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        *itertools.product(["rolling"], ["start", "stop"]),
        *itertools.product(["blue-green"], ["start", "split", "join", "hold_back", "leave_aside", "stop"]),
        *itertools.product(["canary"], ["start", "split", "join", "leave_aside", "stop"]),
    ],
)
async def test_an_abort_at_any_step_brings_the_old_version_back_without_a_gap(name: str, step: str) -> None:
    stage = FakeStage(stop_at=step)
    running = _run(stage, Strategy(name))
    task = asyncio.create_task(running.execute(_strategy(name, stage)))
    await stage.reached.wait()
    running.abort()
    stage.gate.set()
    await task
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert running.deployment.message == "aborted"
    assert (stage.releases(), stage.divided, stage.adopted) == ([OLD] * 3, None, OLD)


async def test_a_reserve_brings_the_old_version_back_at_once() -> None:
    stage = FakeStage()
    running = _run(stage, Strategy.BLUE_GREEN)
    await running.execute(BlueGreen(keep_seconds=60))
    assert running.deployment.state is DeploymentState.SUCCEEDED
    assert sorted(stage.releases(), key=str) == sorted([OLD, NEW] * 3, key=str)
    divided = stage.divided
    assert divided is not None
    assert divided.percent == 100
    await running.back("aborted")
    assert running.deployment.message == "aborted"
    assert (stage.releases(), stage.divided, stage.adopted) == ([OLD] * 3, None, OLD)


async def test_a_reserve_is_cleared_away_at_its_end() -> None:
    stage = FakeStage()
    running = _run(stage, Strategy.BLUE_GREEN)
    await running.execute(BlueGreen(keep_seconds=60))
    await running.finish()
    assert running.reserve is None
    assert (stage.releases(), stage.divided, stage.adopted) == ([NEW] * 3, None, NEW)


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (FakeStage(failing=0.05), "fails more often"),
        (FakeStage(slow=True), "slower"),
        (FakeStage(dying=True), "ended"),
    ],
    ids=["fails", "slow", "dies"],
)
async def test_a_bad_canary_is_taken_back(stage: FakeStage, reason: str) -> None:
    noted: list[CanaryEvidence] = []
    running = _run(stage, Strategy.CANARY)
    await running.execute(_canary(stage, noted))
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert reason in running.deployment.message
    assert (stage.releases(), stage.divided, stage.adopted) == ([OLD] * 3, None, OLD)
    assert noted
    assert stage.now < 10


async def test_a_canary_without_calls_is_taken_back_when_its_time_is_over() -> None:
    stage = FakeStage()
    stage.samples = lambda: _nothing()  # type: ignore[method-assign]
    running = _run(stage, Strategy.CANARY)
    await running.execute(_canary(stage, max_seconds=20))
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert "not enough calls" in running.deployment.message
    assert 20 <= stage.now < 22


async def test_a_canary_that_nobody_can_watch_is_taken_back() -> None:
    stage = FakeStage()
    stage.samples = lambda: _unreachable()  # type: ignore[method-assign]
    running = _run(stage, Strategy.CANARY)
    await running.execute(_canary(stage))
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert "no figures" in running.deployment.message


async def test_an_old_version_that_does_not_come_back_is_told() -> None:
    stage = FakeStage(broken=OLD, stop_at="stop")
    running = _run(stage, Strategy.ROLLING)
    task = asyncio.create_task(running.execute(Rolling()))
    await stage.reached.wait()
    running.abort()
    stage.gate.set()
    await task
    assert running.deployment.state is DeploymentState.ROLLED_BACK
    assert "does not start again" in running.deployment.message


async def _nothing() -> tuple[Sample, Sample]:
    return Sample(), Sample()


async def _unreachable() -> tuple[Sample, Sample]:
    raise ConnectionRefusedError
