"""How long a component that was killed stays away: until the mesh says it is ready, and until a call is served."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from pathlib import Path

import malha

from bench.report import Section
from tests.support.mesh_process import Mesh, mesh, wait_until

_ROUNDS = 3
_LONGEST = 30.0
_SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"


def run() -> list[Section]:
    """Kill each component with all its replicas, some times over."""
    section = Section(
        "Recovery",
        f"`kill -9` of every process of a component of the default mesh, {_ROUNDS} rounds, no other load. Seconds from "
        "the kill until `malha status` says that all is ready with other processes, and until the first call that "
        "began after the kill, an analysis whose report is then read again, was served.",
    )
    print(section.title, flush=True)
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder, mesh(Path(folder, "state")) as running:
        for component in ("envoy", "analysis", "redis", "postgres"):
            times = [_kill(running, component, number) for number in range(_ROUNDS)]
            ready = ", ".join(f"{ready:.1f}" for ready, _ in times)
            served = ", ".join(f"{served:.1f}" for _, served in times)
            section.add(f"{component}: ready after", f"{ready} s", "< 5 s")
            section.add(f"{component}: a call is served after", f"{served} s", "< 5 s")
    return [section]


def _kill(running: Mesh, component: str, number: int) -> tuple[float, float]:
    wait_until(lambda: running.run("status").returncode == 0, _LONGEST, "ready before the fault")
    victims = _pids(running, component)
    began = time.monotonic()
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    with running.connect() as client:
        wait_until(lambda: _served(client, f"{component}-{number}.py"), _LONGEST, "a call is served")
    served = time.monotonic() - began

    def replaced() -> bool:
        return running.run("status").returncode == 0 and not _pids(running, component) & victims

    wait_until(replaced, _LONGEST, f"{component} is ready again")
    return time.monotonic() - began, served


def _pids(running: Mesh, component: str) -> set[int]:
    return {replica["pid"] for replica in running.component(component)["replicas"]}


def _served(client: malha.Client, path: str) -> bool:
    try:
        report = client.analysis.analyze_source(path=path, text=_SOURCE, timeout=2)
        return client.analysis.get_report(report.name, timeout=2).findings == report.findings
    except malha.MalhaError:
        return False
