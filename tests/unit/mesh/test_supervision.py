"""Processes, wishes and alarms of the supervisor, each by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from services.mesh.layout import Layout
from services.mesh.settings import MeshSettings
from services.mesh.supervisor import processors
from services.mesh.supervisor.alarms import Alarms
from services.mesh.supervisor.desired import Desired, Wish
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.fleet import Fleet
from services.mesh.supervisor.replica import Surroundings
from services.mesh.supervisor.unit import Command, Unit
from services.mesh.supervisor.view import AlarmKind, ReplicaState
from services.mesh.topology import ECHO
from services.mesh.versions.release import working_tree
from services.runtime import affinity
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Program:
    """A Python program that is ready as soon as it has written its file."""

    folder: Path
    code: str
    name: str = "program-0"
    component: str = "program"
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5.0
    start_seconds: float = 30.0
    starts: int = 0
    log: list[str] = field(default_factory=list)

    async def prepare(self) -> Command:
        self.starts += 1
        return Command((sys.executable, "-c", self.code, str(self.folder / "ready")), {}, self.folder, "127.0.0.1:1")

    async def probe(self) -> None:
        if not (self.folder / "ready").exists():
            raise ConnectionRefusedError

    async def stopping(self) -> None:
        self.log.append("stopping")


_LIVES = "import sys, time; open(sys.argv[1], 'w'); time.sleep(60)"


def _unit(tmp_path: Path, code: str, states: list[ReplicaState]) -> Unit:
    layout = Layout(tmp_path / "state")
    layout.create()
    return Unit(Program(tmp_path, code), layout, lambda unit: states.append(unit.state))


async def test_a_process_lives_from_start_to_stop(tmp_path: Path) -> None:
    states: list[ReplicaState] = []
    unit = _unit(tmp_path, _LIVES, states)
    await unit.start()
    assert unit.ready
    await unit.stop()
    assert states == [ReplicaState.STARTING, ReplicaState.READY, ReplicaState.DRAINING, ReplicaState.STOPPED]
    assert unit.pid is None
    assert list((tmp_path / "state" / "run").glob("*.pid.json")) == []


async def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    states: list[ReplicaState] = []
    unit = _unit(tmp_path, _LIVES, states)
    await unit.start()
    first = unit.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: unit.pid not in (None, first) and unit.ready)
    assert unit.restarts == 1
    await unit.stop()
    assert ReplicaState.BACKING_OFF in states


async def test_a_process_that_never_gets_ready_is_given_up_long_before_its_time(tmp_path: Path) -> None:
    unit = _unit(tmp_path, "print('what is wrong', flush=True); raise SystemExit(3)", [])
    with pytest.raises(StartFailed, match=r"(?s)did not become ready.*what is wrong.*ended unexpectedly with 3"):
        await unit.start()
    assert isinstance(unit.program, Program)
    assert unit.program.starts == 3
    assert unit.state is ReplicaState.STOPPED


async def test_a_process_that_ignores_its_signal_is_killed(tmp_path: Path) -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_LIVES}"
    unit = _unit(tmp_path, code, [])
    unit.program.stop_seconds = 0.2
    await unit.start()
    await unit.stop()
    assert "killed" in unit.log.read_text()


def test_what_is_wanted_outlives_the_supervisor(tmp_path: Path) -> None:
    path = tmp_path / "desired.json"
    Desired(path).save("echo", Wish(3, "1.2"))
    Desired(path).save("analysis", Wish(1))
    again = Desired(path)
    assert (again.wish("echo"), again.wish("analysis"), again.wish("other")) == (Wish(3, "1.2"), Wish(1), None)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"services": {"echo": {"replicas": 0, "version": null}}}', "\0"])
def test_a_file_of_wishes_that_is_none_is_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "desired.json"
    path.write_text(text)
    assert Desired(path).wish("echo") is None


def test_alarms_are_told_once_when_they_come_and_once_when_they_go() -> None:
    told: list[str] = []
    alarms = Alarms(told.append)
    for on in (False, True, True, False, False):
        alarms.set(AlarmKind.REGISTRY_LOST, on)
        assert [alarm.kind for alarm in alarms.all()] == ([AlarmKind.REGISTRY_LOST] if on else [])
    assert len(told) == 2
    assert told[1] == "alarm REGISTRY_LOST is over"


def _fleet(tmp_path: Path, zones: str = "local", *, pin_replicas: bool = True) -> Fleet:
    settings = MeshSettings(state_dir=tmp_path, zones=zones, pin_replicas=pin_replicas)
    around = Surroundings(Layout(tmp_path), settings, tmp_path / "database", tmp_path / "owner", tmp_path / "redis")
    return Fleet(replace(ECHO, replicas=1), working_tree(), around, lambda _: None)


def test_replicas_take_turns_in_the_zones_and_get_the_lowest_free_number(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path, "a,b,c")
    names = [fleet.add(fleet.release) for _ in range(4)]
    assert names == ["echo-0", "echo-1", "echo-2", "echo-3"]
    assert [fleet.program(name).zone for name in names] == ["a", "b", "c", "a"]
    assert fleet.program(fleet.add(fleet.release, "b")).zone == "b"


def test_the_fullest_zones_give_up_replicas_first(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path, "a,b")
    for zone in ("a", "a", "a", "b"):
        fleet.add(fleet.release, zone)
    assert fleet.surplus(2) == ["echo-2", "echo-1"]
    assert fleet.surplus(1) == ["echo-2", "echo-1", "echo-3"]
    assert fleet.surplus(4) == []


async def test_a_name_is_free_again_when_its_replica_is_gone(tmp_path: Path) -> None:
    fleet = _fleet(tmp_path, "a")
    for _ in range(3):
        fleet.add(fleet.release)
    await fleet.remove("echo-1")
    assert fleet.names == ["echo-0", "echo-2"]
    assert fleet.add(fleet.release) == "echo-1"


@pytest.mark.parametrize(
    ("serving", "at_once"), [(False, 4), (True, 2)], ids=["nobody to be slowed down", "while another serves"]
)
async def test_replicas_that_start_leave_half_of_the_processors_to_those_who_serve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serving: bool, at_once: int
) -> None:
    monkeypatch.setattr("services.runtime.affinity.available", lambda: (0, 1, 2, 3))
    fleet = _fleet(tmp_path)
    if serving:
        fleet.unit(fleet.add(fleet.release)).state = ReplicaState.READY
    goes_on = asyncio.Event()
    starting: list[str] = []

    async def start(unit: Unit) -> None:
        starting.append(unit.program.name)
        await goes_on.wait()
        starting.remove(unit.program.name)

    monkeypatch.setattr(Unit, "start", start)
    async with asyncio.TaskGroup() as group:
        for name in [fleet.add(fleet.release) for _ in range(6)]:
            group.create_task(fleet.start(name))
        await asyncio.sleep(0)
        assert len(starting) == at_once
        goes_on.set()


@pytest.mark.parametrize(
    ("available", "serving", "kept"),
    [
        ((0, 3), "abc", {"a": {0}, "b": {3}, "c": {0}}),
        ((0, 3), "a", {"a": {0, 3}}),
        ((0,), "ab", {}),
        ((), "ab", {}),
    ],
    ids=["one for each processor", "fewer than processors", "one processor", "a system that does not say"],
)
def test_who_serves_takes_turns_on_the_processors_that_are_there(
    monkeypatch: pytest.MonkeyPatch, available: tuple[int, ...], serving: str, kept: dict[str, set[int]]
) -> None:
    told: dict[str, set[int]] = {}
    monkeypatch.setattr("services.runtime.affinity.available", lambda: available)
    monkeypatch.setattr("services.runtime.affinity.keep", lambda pid, to: told.update({chr(pid): to}))
    processors.share([ord(each) for each in serving])
    assert told == kept


@pytest.mark.skipif(len(affinity.available()) < 2, reason="needs two processors")
@pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "switched off"])
def test_who_was_not_ready_for_a_while_is_told_what_it_missed(tmp_path: Path, pinned: bool) -> None:
    own = affinity.available()
    with contextlib.ExitStack() as stack:
        fleet = _fleet(tmp_path, pin_replicas=pinned)
        units = [fleet.unit(fleet.add(fleet.release)) for _ in own]
        for unit in units:
            process = stack.enter_context(subprocess.Popen(["sleep", "60"]))
            stack.callback(process.kill)
            unit.pid = process.pid
        for unit in units:
            _becomes(unit, ReplicaState.READY)
        assert _kept(units) == ([{processor} for processor in own] if pinned else [set(own)] * len(own))
        left, *others = units
        _becomes(left, ReplicaState.UNREADY)
        for unit in others:
            _becomes(unit, ReplicaState.DRAINING)
        _becomes(left, ReplicaState.READY)
        assert _kept([left]) == [set(own)]


def _becomes(unit: Unit, state: ReplicaState) -> None:
    unit.state = state
    unit.changed(unit)


def _kept(units: list[Unit]) -> list[set[int]]:
    return [os.sched_getaffinity(unit.pid) for unit in units if unit.pid is not None]
