"""How quick and how calm the judge is, by simulation with fixed seeds."""

from __future__ import annotations

from collections import Counter

import pytest

from services.mesh.judge import Verdict
from tests.unit.mesh.canaries import Side, judged, setting


class TestSpeed:
    """What is bad at 30 calls a second of the canary is caught within ten seconds in 99 of 100 cases."""

    def caught(self, runs: int, expected: Verdict, seconds: float, canary: Side, baseline: Side) -> float:
        """The share that got the verdict in time."""
        found = 0
        for seed in range(runs):
            sides = (Side(**setting(canary)), Side(**setting(baseline)))
            verdict, elapsed = judged(*sides, seed)
            found += verdict is expected and elapsed <= seconds
        return found / runs

    def test_five_failures_in_a_hundred(self) -> None:
        share = self.caught(400, Verdict.FAILED_ERRORS, 10, Side(30, failing=0.05), Side(120))
        assert share >= 0.99

    # Below a millisecond nothing can be told: Envoy counts whole ones.
    @pytest.mark.parametrize("median", [1.0, 2.0, 40.0])
    def test_three_times_the_durations(self, median: float) -> None:
        slow, usual = Side(30, median=3 * median, spread=0.6), Side(120, median=median, spread=0.6)
        assert self.caught(200, Verdict.FAILED_LATENCY, 10, slow, usual) >= 0.99

    def test_some_tenths_of_a_millisecond_are_no_slowness(self) -> None:
        late, usual = Side(60, median=0.8, spread=0.6), Side(240, median=0.4, spread=0.6)
        assert self.caught(100, Verdict.FAILED_LATENCY, 60, late, usual) <= 0.02

    def test_three_times_the_durations_on_a_noisy_machine(self) -> None:
        slow, usual = Side(60, median=30, spread=0.6, noise=0.3), Side(240, median=10, spread=0.6, noise=0.3)
        assert self.caught(100, Verdict.FAILED_LATENCY, 15, slow, usual) >= 0.97

    def test_a_canary_that_always_fails_is_gone_within_three_seconds(self) -> None:
        assert self.caught(50, Verdict.FAILED_ERRORS, 3, Side(30, failing=1.0), Side(120)) == 1


class TestCalm:
    """A canary that is as good as the baseline passes, in at least 98 of 100 cases whatever the machine does."""

    @pytest.mark.parametrize(
        "both",
        [
            Side(30, spread=0.7),
            Side(30, failing=0.01, spread=0.7),
            Side(30, spread=0.7, noise=0.5),
            Side(30, spread=0.7, noise=0.3, pauses=0.1),
            Side(60, median=0.9, spread=0.7, noise=0.3),
            Side(60, median=30, spread=1.0),
            Side(30, failing=1.0),
        ],
        ids=["quiet", "failing alike", "noisy", "pausing", "quick", "spread", "failing always"],
    )
    def test_it_passes(self, both: Side) -> None:
        found: Counter[Verdict] = Counter()
        for seed in range(150):
            other = setting(both) | {"rate": both.rate * 4}
            found[judged(Side(**setting(both)), Side(**other), seed)[0]] += 1
        assert found[Verdict.PASSED] >= 147, found

    def test_it_passes_as_soon_as_its_time_is_over(self) -> None:
        times = sorted(judged(Side(60), Side(240), seed)[1] for seed in range(50))
        assert times[0] >= 10
        assert times[-1] <= 12
