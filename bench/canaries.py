"""How a canary is judged: versions that are as good as the one in use, that fail, and that are slower, under load."""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc

from bench.latency import milliseconds
from bench.report import Section
from tests.support.load import RATE, load
from tests.support.mesh_process import ROOT, Mesh, mesh

_SAME = 50
_BAD = 5
_TAKEN = ("services", "clients/python/src/malha")
_FIRST_LINE = '        """Answers with the message."""\n'
_FAILS = "        import random\n        if random.random() < 0.05:\n            raise RuntimeError\n"
_SLEEPS = "        import asyncio\n        await asyncio.sleep({seconds})\n"
_SECONDS = 180.0


@dataclass(frozen=True)
class Trial:
    """How one canary fared."""

    passed: bool
    seconds: float
    """From the order to the end."""
    message: str
    canary_calls: int


def run() -> list[Section]:
    """Deploy canaries one after another and count what became of them."""
    section = Section(
        "Canaries",
        "`malha deploy echo --strategy canary` with its defaults (20 % of the calls, 200 calls and 10 s at least), one "
        f"old replica beside one canary, {RATE:g} calls of Echo a second through the edge. Fails: raises for 5 % of "
        "them. Slower: waits, so that the median is three times what it was. As good: the working tree, copied. Times "
        "are from the order to the end, the start of the canary included.",
    )
    print(section.title, flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="malha-bench-") as folder,
        mesh(Path(folder, "state"), "--profile", "echo", "--replicas", "echo=1") as running,
    ):
        usual = _median(running)
        slow = _SLEEPS.format(seconds=2 * usual / 1000)
        with load(running, "ECHO_ONLY") as flowing:
            fails = _try(running, "fails", _tree(Path(folder, "fails"), _FAILS), _BAD)
            _tell_bad(section, "fails 5 % of its calls", fails)
            slower = _try(running, "slower", _tree(Path(folder, "slower"), slow), _BAD)
            _tell_bad(section, f"three times slower ({usual:.2f} ms before)", slower)
            same = [trial for number in range(_SAME) for trial in _try(running, f"same{number % 2}", ROOT, 1)]
            _tell_same(section, same)
            report = flowing.report()
    section.add("calls in all; failed by the canaries' errors", f"{report.calls}; {sum(report.failed.values())}")
    return [section]


def _median(running: Mesh) -> float:
    credentials = grpc.ssl_channel_credentials(running.ca.read_bytes())
    with grpc.secure_channel(running.edge, credentials) as channel:
        stub, request = pb_grpc.EchoServiceStub(channel), pb.EchoRequest(message="x" * 128)
        return statistics.median(milliseconds({"": lambda: stub.Echo(request, timeout=5)}, rounds=4)[""])


def _tree(folder: Path, patch: str) -> Path:
    for part in _TAKEN:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "services" / "testing" / "echo.py"
    text = path.read_text()
    assert text.count(_FIRST_LINE) == 1
    path.write_text(text.replace(_FIRST_LINE, _FIRST_LINE + patch))
    return folder


def _try(running: Mesh, version: str, source: Path, times: int) -> list[Trial]:
    trials = []
    for _ in range(times):
        arguments = ("deploy", "echo", "--version", version, "--source", str(source), "--strategy", "canary")
        done = running.run(*arguments, timeout=_SECONDS)
        newest: dict[str, Any] = json.loads(running.run("deployments", "--json").stdout)["deployments"][0]
        assert newest["to_version"] == version, done.stderr
        trials.append(_trial(newest))
        print(f"    {version}: {trials[-1].message} ({trials[-1].seconds:.1f} s)", flush=True)
    return trials


def _trial(deployment: dict[str, Any]) -> Trial:
    began, ended = (datetime.fromisoformat(deployment[name]) for name in ("create_time", "end_time"))
    calls = int(deployment.get("evidence", {}).get("canary_calls", 0))
    passed = deployment["state"].endswith("SUCCEEDED")
    return Trial(passed, (ended - began).total_seconds(), deployment["message"], calls)


def _tell_bad(section: Section, what: str, trials: Sequence[Trial]) -> None:
    back = sum(not trial.passed for trial in trials)
    longest = max(trial.seconds for trial in trials)
    section.add(f"{what}: rolled back", f"{back} of {len(trials)}", f"{len(trials)} of {len(trials)}")
    section.add(f"{what}: longest time to the end", f"{longest:.1f} s", "< 15 s")


def _tell_same(section: Section, trials: Sequence[Trial]) -> None:
    back = sum(not trial.passed for trial in trials)
    section.add("as good as before: rolled back", f"{back} of {len(trials)}", "<= 2 of 50")
    section.add("as good as before: median time to the end", f"{statistics.median(t.seconds for t in trials):.1f} s")
