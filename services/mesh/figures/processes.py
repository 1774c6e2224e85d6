"""What the processes of the mesh use, by the operating system's word."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable


class Root(NamedTuple):
    """A process of the mesh, whose children count as itself unless they are roots, too."""

    component: str
    replica: str
    pid: int


class Usage(NamedTuple):
    """What one root uses with its children."""

    root: Root
    cpu: float
    """Processor seconds per second since the last look; zero at the first."""
    memory: int
    """Resident bytes."""


class Processes:
    """Looks at processes again and again; to be called in one thread at a time."""

    def __init__(self) -> None:
        self._seconds: dict[Root, float] = {}
        self._looked = 0.0

    def look(self, roots: Iterable[Root]) -> list[Usage]:
        """The usage of each root that runs, in their order."""
        now = time.monotonic()
        passed = max(now - self._looked, 1e-3)
        found: list[Usage] = []
        seconds: dict[Root, float] = {}
        for root, members in _families(tuple(roots)).items():
            cpu, memory = _sum(members)
            if memory:
                # A child that has ended takes its seconds with it; that is no negative use.
                used = max(0.0, cpu - self._seconds.get(root, cpu))
                seconds[root] = cpu
                found.append(Usage(root, used / passed, memory))
        self._seconds, self._looked = seconds, now
        return found


def _families(roots: tuple[Root, ...]) -> dict[Root, list[psutil.Process]]:
    children: defaultdict[int, list[psutil.Process]] = defaultdict(list)
    running: dict[int, psutil.Process] = {}
    for process in psutil.process_iter(["ppid"]):
        running[process.pid] = process
        children[process.info["ppid"]].append(process)
    others = {root.pid for root in roots}
    families: dict[Root, list[psutil.Process]] = {}
    for root in roots:
        family = [running[root.pid]] if root.pid in running else []
        for member in family:  # grows while it is walked
            family += [child for child in children[member.pid] if child.pid not in others]
        families[root] = family
    return families


def _sum(members: Iterable[psutil.Process]) -> tuple[float, int]:
    cpu, memory = 0.0, 0
    for process in members:
        with contextlib.suppress(psutil.Error), process.oneshot():
            times = process.cpu_times()
            cpu += times.user + times.system
            memory += process.memory_info().rss
    return cpu, memory
