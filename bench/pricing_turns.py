"""What a refresh does to those who search, measured in turns: a few seconds it runs, a few seconds it is stopped.

How fast a machine is drifts within minutes by more than what is looked for here. A quiet time before the refresh and
the time of the refresh are minutes apart; two turns are seconds apart, and drift meets both alike.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

from bench.pricing_load import Call, Load, Timed, together
from bench.report import quantile

RATE = 300
PIECE_SECONDS = 5.0
SETTLING_SECONDS = 0.5
"""The calls that begin so soon in a turn are left out: they wait for their connection, whether or not there is a
refresh, or for what the last turn has left."""
_TAKING_UP_SECONDS = 1.0  # in which the replicas read the new version
_RESAMPLED = 1_000
_SURE = 0.9


@dataclass
class Turns:
    """The searches of both kinds of turns, and when the refresh was stopped."""

    running: list[Timed] = field(default_factory=list)
    stopped: list[Timed] = field(default_factory=list)
    stops: list[tuple[float, float]] = field(default_factory=list)

    def worked(self, began: float, ended: float) -> float:
        """The seconds between two moments in which the refresh was not stopped."""
        return ended - began - sum(max(0.0, min(end, ended) - max(start, began)) for start, end in self.stops)

    def end(self, moment: float) -> None:
        """The refresh was over at this moment: what came more than a second later, has nothing to do with it."""
        self.running[-1] = _within(self.running[-1], 0.0, moment + _TAKING_UP_SECONDS)

    def moved(self, share: float) -> float:
        """By how much the refresh moves a quantile: 0.1 is a tenth more."""
        return _ratio(self.running, self.stopped, share) - 1

    def between(self, share: float) -> tuple[float, float]:
        """Where it lies nine times of ten: bootstrap over the pairs of turns that follow one another."""
        pairs = list(zip(self.running, self.stopped, strict=False))
        # The same turns always give the same figures.
        choose = random.Random(1).choices
        drawn = [choose(pairs, k=len(pairs)) for _ in range(_RESAMPLED)]
        ratios = [_ratio([one for one, _ in each], [other for _, other in each], share) - 1 for each in drawn]
        return quantile(ratios, (1 - _SURE) / 2), quantile(ratios, (1 + _SURE) / 2)


def in_turns(load: Load, call: Call, replicas: Sequence[int], refresh: threading.Thread) -> Turns:
    """Search until the refresh, which the processes `replicas` have begun, is over."""
    turns = Turns()
    while refresh.is_alive():
        turns.running.append(_settled(load.at(call, RATE, PIECE_SECONDS)))
        if refresh.is_alive():
            with _stopped(replicas, turns.stops):
                turns.stopped.append(_settled(load.at(call, RATE, PIECE_SECONDS)))
    return turns


def quiet(load: Load, call: Call, pieces: int) -> Timed:
    """Searches without a refresh, in as many turns."""
    return together([_settled(load.at(call, RATE, PIECE_SECONDS)) for _ in range(pieces)])


def children(replicas: Sequence[int]) -> list[psutil.Process]:
    """The processes that the replicas have begun: the one that refreshes, and those that it has begun."""
    found: list[psutil.Process] = []
    for pid in replicas:
        with suppress(psutil.NoSuchProcess):  # the mesh is going already
            found += psutil.Process(pid).children(recursive=True)
    return found


@contextmanager
def _stopped(replicas: Sequence[int], stops: list[tuple[float, float]]) -> Iterator[None]:
    """Whatever the replicas have begun stands still inside the block."""
    processes = children(replicas)
    began = time.time()
    try:
        _send(processes, signal.SIGSTOP)
        yield
    finally:
        _send(processes, signal.SIGCONT)
        stops.append((began, time.time()))


def _send(processes: Sequence[psutil.Process], what: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(what)


def _settled(piece: Timed) -> Timed:
    return _within(piece, min(piece.began) + SETTLING_SECONDS, float("inf"))


def _within(piece: Timed, after: float, until: float) -> Timed:
    calls = zip(piece.began, piece.milliseconds, strict=True)
    chosen = [(moment, took) for moment, took in calls if after <= moment <= until]
    return Timed([moment for moment, _ in chosen], [took for _, took in chosen], piece.seconds)


def _ratio(running: Sequence[Timed], stopped: Sequence[Timed], share: float) -> float:
    return quantile(together(running).milliseconds, share) / quantile(together(stopped).milliseconds, share)
