"""Canaries and baselines whose calls are drawn, to try the judge on."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from services.mesh.judge import Judge, Plan, Sample, Verdict
from services.mesh.render.bootstrap import DURATION_BOUNDS

LOOK = 0.5
BOUNDS = (*DURATION_BOUNDS, math.inf)


@dataclass
class Side:
    """A cluster whose calls are drawn: independent ones, or those of a machine that is slow in whole half seconds."""

    rate: float
    """Calls per second."""
    failing: float = 0.0
    median: float = 3.0
    """Milliseconds, of which whole ones are counted, as Envoy does."""
    spread: float = 0.5
    """Of the logarithms of the durations."""
    noise: float = 0.0
    """How much the median changes from look to look."""
    pauses: float = 0.0
    """The share of looks in which everything takes half a second."""
    calls: int = 0
    failures: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(BOUNDS))

    def serve(self, chance: random.Random) -> None:
        """The calls between two looks."""
        median = 500.0 if chance.random() < self.pauses else self.median * math.exp(self.noise * chance.gauss(0, 1))
        for _ in range(round(chance.uniform(0.6, 1.4) * self.rate * LOOK)):
            self.calls += 1
            self.failures += chance.random() < self.failing
            duration = int(median * math.exp(self.spread * chance.gauss(0, 1)))
            self.counts[next(n for n, bound in enumerate(BOUNDS) if duration < bound)] += 1

    @property
    def total(self) -> Sample:
        """What Envoy would tell now."""
        below, durations = 0, {}
        for bound, count in zip(BOUNDS, self.counts, strict=True):
            below += count
            durations[bound] = below
        return Sample(self.calls, self.failures, durations)


def judged(canary: Side, baseline: Side, seed: int, plan: Plan | None = None) -> tuple[Verdict, float]:
    """The verdict and after how many seconds it was there."""
    chance, judge, elapsed = random.Random(seed), Judge(plan or Plan(max_seconds=60)), 0.0
    while (verdict := judge.observe(canary.total, baseline.total, elapsed)) is Verdict.CONTINUE:
        elapsed += LOOK
        canary.serve(chance)
        baseline.serve(chance)
    return verdict, elapsed


def setting(side: Side) -> dict[str, float]:
    """What a side was made with, to make another one like it."""
    names = ("rate", "failing", "median", "spread", "noise", "pauses")
    return {name: getattr(side, name) for name in names}
