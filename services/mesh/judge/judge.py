"""The verdict on a canary."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from services.mesh.judge.excess import Block, Claim, Design, Excess
from services.mesh.judge.sample import Sample

# A fresh process is slow (first connections, empty caches), so neither its first calls nor its first seconds are timed.
_COLD_CALLS = 20
_COLD_SECONDS = 1.5
# How many of the baseline's calls the threshold of slowness is taken from, at least.
_USUAL_CALLS = 30
# A call is slow when it takes this many times the baseline's median.
_SLOW = 2.0
# ... and two whole milliseconds at least. Envoy rounds down to whole ones, so that 0 and 1 may lie next to each other,
# and a replica that is called less often than its siblings, as a canary is, answers some tenths of a millisecond later.
_LEAST_SLOW_MS = 1.5


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a canary is tried."""

    min_calls: int = 200
    """How many calls it must have answered before it may pass."""
    min_seconds: float = 10.0
    """How long it must have served before it may pass."""
    max_seconds: float = 300.0
    """How long to wait for enough calls: then it fails, since no data is no success."""


class Verdict(Enum):
    """What is known of the canary."""

    CONTINUE = "not decided yet"
    PASSED = "as good as the baseline"
    FAILED_ERRORS = "fails more often than the baseline"
    FAILED_LATENCY = "slower than the baseline"
    INCONCLUSIVE = "not enough calls to tell"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What canary and baseline did since the first observation, and what that proves."""

    canary: Sample
    baseline: Sample
    failure_e_value: float
    """Against "the canary does not fail materially more often": 1 is none, 1/alpha proves the contrary."""
    latency_e_value: float
    """Against "the canary is not materially slower"."""
    slow_ms: float | None
    """A call that takes longer is slow; None while the baseline's usual durations are not known."""


# 0.2 % more failures are no matter; 5 % are. One bad block is an accident: three are needed at least.
_FAILS_MORE = Design(Claim.AT_MOST, margin=0.002, expected=0.05, prior=40, cap=100 ** (1 / 3))
_FAILS_NOT = Design(Claim.AT_LEAST, margin=0.05, expected=0.0)
# With three times the durations at least half of the calls become slow; noise of a busy machine makes a fifth so.
_SLOWER = Design(Claim.AT_MOST, margin=0.2, expected=0.4, prior=30, correlation=0.07, stake=0.5, cap=100 ** (1 / 5))
_NOT_SLOWER = Design(Claim.AT_LEAST, margin=0.5, expected=0.0, correlation=0.07)


class Judge:
    """Compares a canary with the baseline that serves in the same time, each time new counts are there.

    It fails a canary when the evidence reaches 1/alpha that more than two calls in a thousand fail beyond the
    baseline's share, or that a fifth more of its calls take twice the baseline's median. It passes one that has served
    enough when the contrary is as well proved: fewer than five in a hundred fail beyond the baseline's share, and
    fewer than half of its calls became slow. In between it goes on; no data is no success.
    """

    def __init__(self, plan: Plan, alpha: float = 0.01) -> None:
        self._plan = plan
        self._enough = 1 / alpha
        self._last: tuple[Sample, Sample] | None = None
        self._canary = Sample()
        self._baseline = Sample()
        self._fails_more, self._fails_not = Excess(_FAILS_MORE), Excess(_FAILS_NOT)
        self._slower, self._not_slower = Excess(_SLOWER), Excess(_NOT_SLOWER)
        self._verdict = Verdict.CONTINUE

    def observe(self, canary: Sample, baseline: Sample, elapsed: float) -> Verdict:
        """The verdict after the next look.

        Args:
            canary: the totals of the canary's cluster; the first ones are where counting begins.
            baseline: the totals of the baseline's cluster at the same moment.
            elapsed: seconds since the canary began to serve.

        Once it is not CONTINUE it stays as it is.
        """
        if self._verdict is not Verdict.CONTINUE:
            return self._verdict
        if self._last is not None:
            warm = elapsed >= _COLD_SECONDS and self._canary.timed >= _COLD_CALLS
            self._weigh(canary.since(self._last[0]), baseline.since(self._last[1]), warm)
        self._last = (canary, baseline)
        self._verdict = self._decide(elapsed)
        return self._verdict

    @property
    def evidence(self) -> Evidence:
        """What is known until now."""
        return Evidence(
            self._canary, self._baseline, self._fails_more.e_value, self._slower.e_value, self._slow_threshold()
        )

    def _weigh(self, canary: Sample, baseline: Sample, warm: bool) -> None:
        outcomes = Block(canary.calls, canary.failures, baseline.calls, baseline.failures)
        for test in (self._fails_more, self._fails_not):
            test.add(outcomes)
        # From earlier blocks alone: a threshold that depended on this one would spoil the e-value.
        slow = self._slow_threshold()
        if slow is not None and warm:
            times = Block(canary.timed, canary.slower_than(slow), baseline.timed, baseline.slower_than(slow))
            for test in (self._slower, self._not_slower):
                test.add(times)
        self._canary, self._baseline = self._canary.plus(canary), self._baseline.plus(baseline)

    def _slow_threshold(self) -> float | None:
        """The histogram's bound that is nearest to twice the baseline's median, or to the least that counts."""
        usual = self._baseline.quantile(0.5)
        if usual is None or self._baseline.timed < _USUAL_CALLS:
            return None
        bounds = [bound for bound in self._baseline.durations if 0 < bound < math.inf]
        wanted = max(_SLOW * usual, _LEAST_SLOW_MS)
        return min(bounds, key=lambda bound: abs(math.log(bound / wanted)), default=None)

    def _decide(self, elapsed: float) -> Verdict:
        if self._fails_more.e_value >= self._enough:
            return Verdict.FAILED_ERRORS
        if self._slower.e_value >= self._enough:
            return Verdict.FAILED_LATENCY
        served = self._canary.calls >= self._plan.min_calls and elapsed >= self._plan.min_seconds
        if served and min(self._fails_not.e_value, self._not_slower.e_value) >= self._enough:
            return Verdict.PASSED
        return Verdict.INCONCLUSIVE if elapsed >= self._plan.max_seconds else Verdict.CONTINUE
