"""A refresh from a file of 400 MB: what it needs, and what those notice who search meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import malha
import psutil
from malha.pricing.v1 import ingest_service_pb2 as ingest
from malha.pricing.v1 import offer_pb2

from bench.pricing_load import Call, Load, Timed, together
from bench.pricing_turns import PIECE_SECONDS, RATE, SETTLING_SECONDS, Turns, children, in_turns, quiet
from bench.report import Section, quantile
from tests.support.amazon import REGION, Amazon, amazon_apart
from tests.support.aws_price_file import sized
from tests.support.mesh_process import Mesh, logs

_BYTES = 400_000_000
_CUT = 40_000_001
_QUIET_PIECES = 6
_TAIL = 0.99
_MIB = 1024 * 1024


@contextmanager
def prices(folder: Path) -> Iterator[Amazon]:
    """A server with a price file of 400 MB for one region."""
    file = folder / "prices.csv"
    with file.open("wb") as target:
        target.writelines(sized(_BYTES))
    with amazon_apart(file) as server:
        yield server


@contextmanager
def _cut(file: Path) -> Iterator[None]:
    """The file is no longer than `_CUT` inside the block."""
    whole = file.with_name("whole.csv")
    file.rename(whole)
    try:
        with whole.open("rb") as source:
            file.write_bytes(source.read(_CUT))
        yield
    finally:
        whole.replace(file)


@dataclass
class _Memory:
    """The most that the processes had at once, in bytes: those of the refresh, by what they do, and their sum."""

    replicas: Sequence[int]
    parts: dict[str, int] = field(default_factory=dict)
    together: int = 0

    def look(self) -> None:
        """Note what is resident now."""
        found = dict.fromkeys(("refresh", "parsing.worker"), 0)
        for child in children(self.replicas):
            try:
                command, resident = " ".join(child.cmdline()), child.memory_info().rss
                peak = _peak(child.pid)
            except (psutil.Error, OSError):
                continue  # it has ended meanwhile
            part = "parsing.worker" if "parsing.worker" in command else "refresh"
            found[part] += resident
            self.parts[part] = max(self.parts.get(part, 0), peak)
        self.together = max(self.together, sum(found.values()))


@dataclass
class _Refresh:
    """One refresh, in a thread of its own."""

    running: Mesh
    began: float = 0.0
    ended: float = 0.0
    last: ingest.RefreshCatalogResponse | None = None
    failed: malha.MalhaError | None = None
    phases: dict[str, float] = field(default_factory=dict)

    def __call__(self) -> None:
        self.began = time.time()
        try:
            with self.running.connect() as client:
                for step in client.pricing.refresh_catalogue(providers=[offer_pb2.PROVIDER_AWS], regions=[REGION]):
                    self.phases.setdefault(ingest.RefreshPhase.Name(step.phase), time.time())
                    self.last = step
        except malha.MalhaError as error:
            self.failed = error
        self.ended = time.time()


def refreshes(running: Mesh, load: Load, call: Call, server: Amazon) -> Section:
    """Measure a corrupted refresh, which publishes nothing, and a whole one, with searches all the time."""
    section = Section(
        "A refresh of 400 MB",
        f"RefreshCatalog through the edge, from a price file of {_BYTES / 1e6:,.0f} MB that a local server gives away "
        "as fast as it is read; in a process of its own that gives way to all others, since in earnest it is another "
        f"machine. Meanwhile {RATE} searches a second of one filter, whether or not the ones before were answered. In "
        f"turns of {PIECE_SECONDS:.0f} s the refresh runs and is stopped (SIGSTOP), so that both kinds of turns see "
        "the same machine, whose speed drifts; the times of its phases are without the stops. A turn's first "
        f"{SETTLING_SECONDS * 1000:.0f} ms are left out: its connections are new. What is in brackets is where the "
        "figure lies nine times of ten (bootstrap over pairs of turns). "
        f"{_QUIET_PIECES * PIECE_SECONDS:.0f} s before it and after it are shown, too. Memory is what is resident: the "
        "most of the process that refreshes and of the one that parses for it, of both together as seen every half a "
        "second, and of the replicas before and at most. The corrupted file ends in the middle of a row.",
    )
    print(section.title, flush=True)
    before = _version(running)
    broken = _Refresh(running)
    with _cut(server.file):
        broken()
    assert broken.failed is not None, "half a file was taken for a whole one"
    assert _version(running) == before
    reason = f"{broken.failed.code.name}, version {before} as before"
    section.add("a corrupted file", reason, "publishes nothing")
    _whole(section, running, load, call)
    return section


def _whole(section: Section, running: Mesh, load: Load, call: Call) -> None:
    calm = quiet(load, call, _QUIET_PIECES)
    pids = [replica["pid"] for replica in running.component("pricing")["replicas"]]
    resident = [psutil.Process(pid).memory_info().rss for pid in pids]
    refresh, memory, before = _Refresh(running), _Memory(pids), _version(running)
    thread, over = threading.Thread(target=refresh), threading.Event()
    watcher = threading.Thread(target=partial(_watch, memory, over))
    thread.start()
    watcher.start()
    turns = in_turns(load, call, pids, thread)
    thread.join()
    over.set()
    watcher.join()
    assert refresh.failed is None, f"{refresh.failed}\n{logs(running.state)}"
    turns.end(refresh.ended)
    _tell_times(section, refresh, turns)
    section.add("versions", f"{before}, then {_version(running)}")
    for part, most in memory.parts.items():
        section.add(f"memory of {part}", f"{most / _MIB:.0f} MiB")
    section.add("memory of both at once", f"{memory.together / _MIB:.0f} MiB", "< 300 MiB")
    peaks = [_peak(pid) for pid in pids]
    shown = ", ".join(f"{was / _MIB:.0f} to {most / _MIB:.0f}" for was, most in zip(resident, peaks, strict=True))
    section.add("memory of the replicas", f"{shown} MiB")
    _tell_effect(section, turns, calm)
    # No part of what is compared: there is more to be searched now.
    section.add("searches after it, of a larger catalogue", quiet(load, call, _QUIET_PIECES).spread())


def _tell_effect(section: Section, turns: Turns, calm: Timed) -> None:
    busy, idle = together(turns.running), together(turns.stopped)
    section.add("searches before", calm.spread())
    section.add(f"searches while it runs, {len(turns.running)} turns", busy.spread())
    section.add(f"searches while it is stopped, {len(turns.stopped)} turns", idle.spread())
    least, most = turns.between(_TAIL)
    section.add("p99 moved by", f"{turns.moved(_TAIL):+.0%} ({least:+.0%} to {most:+.0%})", "<= 20 %")
    before = quantile(busy.milliseconds, _TAIL) / quantile(calm.milliseconds, _TAIL) - 1
    section.add("against the time before it", f"{before:+.0%}")


def _tell_times(section: Section, refresh: _Refresh, turns: Turns) -> None:
    assert refresh.last is not None
    counts = refresh.last.counts
    section.add(
        "a whole file", f"{counts.read:,} offers read, {counts.accepted:,} published, {counts.quarantined:,} held back"
    )
    ends = [*list(refresh.phases.values())[1:], refresh.ended]
    for (phase, began), ended in zip(refresh.phases.items(), ends, strict=True):
        if phase != "REFRESH_PHASE_DONE":
            section.add(phase.removeprefix("REFRESH_PHASE_").lower(), f"{turns.worked(began, ended):.1f} s")


def _watch(memory: _Memory, over: threading.Event) -> None:
    # Looking is work, too, which those who search would notice.
    while not over.wait(0.5):
        memory.look()


def _peak(pid: int) -> int:
    """The most that a process has had resident so far, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _version(running: Mesh) -> int:
    with running.connect() as client:
        return int(client.pricing.get_catalogue().name.removeprefix("catalogues/"))
