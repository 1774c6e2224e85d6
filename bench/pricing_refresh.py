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
from bench.report import Section, quantile
from tests.support.amazon import REGION, Amazon, amazon
from tests.support.aws_price_file import sized
from tests.support.mesh_process import Mesh, logs

_BYTES = 400_000_000
_CUT = 40_000_001
_RATE = 300
_PIECE_SECONDS = 5.0
_QUIET_PIECES = 4
_MIB = 1024 * 1024


@contextmanager
def prices(folder: Path) -> Iterator[Amazon]:
    """A server with a price file of 400 MB for one region."""
    file = folder / "prices.csv"
    with file.open("wb") as target:
        target.writelines(sized(_BYTES))
    with amazon(file) as server:
        yield server


@dataclass
class _Memory:
    """The most that the processes had at once, in bytes: those of the refresh, by what they do, and their sum."""

    replicas: Sequence[int]
    parts: dict[str, int] = field(default_factory=dict)
    together: int = 0

    def look(self) -> None:
        """Note what is resident now."""
        found = dict.fromkeys(("refresh", "parsing.worker"), 0)
        for pid in self.replicas:
            for child in psutil.Process(pid).children(recursive=True):
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
                for step in client.pricing.refresh_catalogue(
                    providers=[offer_pb2.PROVIDER_AWS], regions=[REGION], timeout=600
                ):
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
        f"as fast as it is read. Meanwhile, and for {_QUIET_PIECES * _PIECE_SECONDS:.0f} s before it, {_RATE} searches "
        "a second of one filter, whether or not the ones before were answered. Memory is what is resident: the "
        "most of the process that refreshes and of the one that parses for it, of both together as seen every half a "
        "second, and of the replicas before and at most. The corrupted file ends in the middle of a row.",
    )
    print(section.title, flush=True)
    before = _version(running)
    server.cut = _CUT
    broken = _Refresh(running)
    broken()
    assert broken.failed is not None, "half a file was taken for a whole one"
    assert _version(running) == before
    reason = f"{broken.failed.code.name}, version {before} as before"
    section.add("a corrupted file", reason, "publishes nothing")
    server.cut = None
    quiet = together([load.at(call, _RATE, _PIECE_SECONDS) for _ in range(_QUIET_PIECES)])
    _whole(section, running, load, call, quiet)
    return section


def _whole(section: Section, running: Mesh, load: Load, call: Call, quiet: Timed) -> None:
    pids = [replica["pid"] for replica in running.component("pricing")["replicas"]]
    calm = [psutil.Process(pid).memory_info().rss for pid in pids]
    refresh, memory, before = _Refresh(running), _Memory(pids), _version(running)
    thread, over = threading.Thread(target=refresh), threading.Event()
    watcher = threading.Thread(target=partial(_watch, memory, over))
    thread.start()
    watcher.start()
    pieces: list[Timed] = []
    while thread.is_alive():
        pieces.append(load.at(call, _RATE, _PIECE_SECONDS))
    thread.join()
    over.set()
    watcher.join()
    assert refresh.failed is None, f"{refresh.failed}\n{logs(running.state)}"
    assert refresh.last is not None
    busy = _within(pieces, refresh.began, refresh.ended)
    _tell_times(section, refresh)
    section.add("versions", f"{before}, then {_version(running)}")
    for part, resident in memory.parts.items():
        section.add(f"memory of {part}", f"{resident / _MIB:.0f} MiB")
    section.add("memory of both at once", f"{memory.together / _MIB:.0f} MiB", "< 300 MiB")
    peaks = [_peak(pid) for pid in pids]
    shown = ", ".join(f"{was / _MIB:.0f} to {most / _MIB:.0f}" for was, most in zip(calm, peaks, strict=True))
    section.add("memory of the replicas", f"{shown} MiB")
    section.add("searches before", quiet.spread())
    section.add("searches meanwhile", busy.spread())
    checked = refresh.phases["REFRESH_PHASE_CHECKING"]
    section.add("of these while it is read", _within(pieces, refresh.began, checked).spread())
    section.add("of these from then on", _within(pieces, checked, refresh.ended).spread())
    moved = quantile(busy.milliseconds, 0.99) / quantile(quiet.milliseconds, 0.99) - 1
    section.add("p99 moved by", f"{moved:+.0%}", "<= 20 %")


def _tell_times(section: Section, refresh: _Refresh) -> None:
    assert refresh.last is not None
    counts = refresh.last.counts
    section.add(
        "a whole file", f"{counts.read:,} offers read, {counts.accepted:,} published, {counts.quarantined:,} held back"
    )
    ends = [*list(refresh.phases.values())[1:], refresh.ended]
    for (phase, began), ended in zip(refresh.phases.items(), ends, strict=True):
        if phase != "REFRESH_PHASE_DONE":
            section.add(phase.removeprefix("REFRESH_PHASE_").lower(), f"{ended - began:.1f} s")


def _within(pieces: Sequence[Timed], began: float, ended: float) -> Timed:
    """The calls that began in this time."""
    inside = [
        (moment, took)
        for piece in pieces
        for moment, took in zip(piece.began, piece.milliseconds, strict=True)
        if began <= moment <= ended
    ]
    return Timed([moment for moment, _ in inside], [took for _, took in inside], ended - began)


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
