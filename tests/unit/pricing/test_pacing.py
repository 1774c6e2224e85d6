"""A load leaves the record alone for a share of the time, and a refresh gives way to all others."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.pricing.adapters.postgres import pacing
from services.pricing.adapters.postgres.pacing import Pace

_SAYS = """
import ctypes, json, os, platform
from services.pricing.adapters.priority import _SchedAttr, give_way
give_way()
group = "/proc/self/autogroup"
attr = _SchedAttr()
number = {"x86_64": 315, "aarch64": 275}.get(platform.machine())  # sched_getattr(2)
if number:
    ctypes.CDLL(None).syscall(number, 0, ctypes.byref(attr), ctypes.sizeof(attr), 0)
print(json.dumps({
    "leads": os.getsid(0) == os.getpid(), "nice": os.nice(0), "policy": os.sched_getscheduler(0),
    "processors": len(os.sched_getaffinity(0)), "group": open(group).read() if os.path.exists(group) else "",
    "slice": attr.runtime,
}))
"""

_WORKS = """
import json, os, resource, time
from services.pricing.adapters.priority import give_way
if {gives_way}:
    give_way()
before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
began = time.process_time()
while time.process_time() < began + 0.5:
    pass
print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before))
"""


@pytest.mark.parametrize(
    ("share", "took", "pauses"), [(0.25, 0.004, [0.012]), (0.5, 0.1, [0.1]), (0.25, 9.0, [1.0]), (1.0, 0.004, [])]
)
async def test_a_pause_follows_in_proportion(
    monkeypatch: pytest.MonkeyPatch, share: float, took: float, pauses: list[float]
) -> None:
    now, paused = 100.0, list[float]()

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr(pacing.time, "perf_counter", lambda: now)
    monkeypatch.setattr(asyncio, "sleep", pause)
    async with Pace(share).portion():
        now += took
    assert paused == pytest.approx(pauses)


async def test_what_failed_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def pause(_: float) -> None:
        raise AssertionError("a pause")

    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(ZeroDivisionError):
        async with Pace(0.01).portion():
            raise ZeroDivisionError


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="Linux alone has it")
@pytest.mark.parametrize("own_session", [True, False])
def test_who_gives_way_does_so_towards_all(own_session: bool) -> None:
    said = json.loads(
        subprocess.run(
            [sys.executable, "-c", _SAYS], capture_output=True, check=True, start_new_session=own_session,
            cwd=Path(__file__).parents[3],
        ).stdout
    )  # fmt: skip
    assert (said["leads"], said["nice"], said["policy"], said["processors"]) == (True, 19, os.SCHED_IDLE, 1)
    if said["slice"]:  # Linux tells of slices, and lets them be chosen, since 6.12
        assert said["slice"] == 100_000
    if said["group"].startswith("/autogroup"):
        assert said["group"].split()[-1] == "19"


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="Linux alone has it")
def test_who_gives_way_leaves_the_processor_several_hundred_times_in_a_second_of_work() -> None:
    def left(gives_way: bool) -> int:
        """How often it has left the processor by itself in half a second of processor time."""
        done = subprocess.run(
            [sys.executable, "-c", _WORKS.format(gives_way=gives_way)],
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[3],
        )
        return int(json.loads(done.stdout))

    assert left(gives_way=True) > 200
    assert left(gives_way=False) < 20
