"""Whatever dies comes back, and callers of what can be repeated notice nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import malha
import pytest

from tests.support.mesh_process import Mesh, mesh, wait_until

# Far more than it takes; `python -m bench recovery` measures how long it takes on a machine that does nothing else.
BACK_WITHIN_SECONDS = 20.0
SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that may be hurt."""
    with mesh(tmp_path_factory.mktemp("fragile") / "state", "--replicas", "pricing=1") as started:
        yield started


def _pids(component: dict[str, Any]) -> list[int]:
    return [replica["pid"] for replica in component["replicas"]]


def _ready(running: Mesh) -> bool:
    return running.run("status", "--json").returncode == 0


@pytest.mark.parametrize("component", ["envoy", "analysis", "redis", "postgres"])
def test_a_killed_component_comes_back_and_serves(fragile: Mesh, component: str) -> None:
    wait_until(lambda: _ready(fragile), 20, "ready before the fault")
    victims = _pids(fragile.component(component))
    for pid in victims:
        os.kill(pid, signal.SIGKILL)

    def replaced() -> bool:
        entry = fragile.component(component)
        return bool(entry["ready"]) and not set(_pids(entry)) & set(victims)

    wait_until(replaced, BACK_WITHIN_SECONDS, f"{component} is ready again")
    with fragile.connect() as client:
        report = client.analysis.analyze_source(path=f"{component}.py", text=SOURCE)
        assert client.analysis.get_report(report.name).findings == report.findings


def test_no_idempotent_call_fails_while_a_replica_is_killed(fragile: Mesh) -> None:
    wait_until(lambda: _ready(fragile), 20, "ready before the fault")
    failures: list[BaseException] = []
    done = [0]
    stop = threading.Event()

    def load() -> None:
        with fragile.connect() as client:
            while not stop.is_set():
                try:
                    client.analysis.analyze_source(path="load.py", text=SOURCE)
                    client.analysis.get_rule("rules/PERF401")
                except BaseException as error:
                    failures.append(error)
                done[0] += 1

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: done[0] > 20, 20, "calls flow")
    victim = _pids(fragile.component("analysis"))[0]
    os.kill(victim, signal.SIGKILL)
    before = done[0]
    wait_until(lambda: done[0] > before + 60, 30, "calls flow on")
    wait_until(lambda: victim not in _pids(fragile.component("analysis")), 10, "the replica is replaced")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_mesh_whose_supervisor_was_killed_starts_again_and_finds_its_data(fragile: Mesh) -> None:
    with fragile.connect() as client:
        report = client.analysis.analyze_source(path="kept.py", text=SOURCE)
    os.kill(fragile.status()["supervisor"], signal.SIGKILL)
    up = fragile.run("up", "--detach")
    assert up.returncode == 0, up.stderr
    with fragile.connect() as client:
        assert client.analysis.get_report(report.name).findings == report.findings


def test_two_meshes_run_side_by_side_and_stop_apart(running: Mesh, fragile: Mesh) -> None:
    assert fragile.run("down").returncode == 0
    assert fragile.run("status").returncode != 0
    assert running.run("status").returncode == 0
    assert fragile.run("up", "--detach").returncode == 0


@pytest.mark.parametrize(
    "bomb",
    [
        ("x = " + "[" * 1500 + "]" * 1500 + "\n") * 1600,
        "y = 1" + " + 1" * 1_200_000 + "\n",
        "if x: pass\n" + "elif x: pass\n" * 300_000,
        "z = " + "f" + "()" * 1_000_000 + "\n",
    ],
    ids=["nested", "chained", "branched", "called"],
)
def test_a_pathological_source_ends_in_an_answer_and_hurts_nobody_else(client: malha.Client, bomb: str) -> None:
    try:
        client.analysis.analyze_source(path="bomb.py", text=bomb)
    except malha.InvalidArgument as refusal:
        assert refusal.reason in {"SOURCE_TOO_DEEP", "SOURCE_TIMED_OUT", "SOURCE_TOO_COMPLEX"}
    assert client.analysis.analyze_source(path="fine.py", text=SOURCE).summary.files == 1
