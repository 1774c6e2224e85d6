"""The judge's promises: exactly (the e-values), and by simulation with fixed seeds (its errors and its speed)."""

from __future__ import annotations

import math
import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.mesh.judge import Judge, Plan, Sample, Verdict
from services.mesh.judge.excess import Block, Claim, Design, Excess
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


class TestEvidence:
    """An e-value is sound when nothing that the claim allows lets one expect more than one."""

    @settings(deadline=None, max_examples=150)
    @given(
        claim=st.sampled_from(Claim),
        margin=st.floats(0, 0.5),
        baseline=st.floats(0.001, 0.999),
        inside=st.floats(0, 1),
        sizes=st.tuples(st.integers(1, 6), st.integers(1, 6)),
        history=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=3),
        design=st.tuples(st.floats(0.0, 0.6), st.floats(1, 50), st.floats(0, 0.3), st.floats(0.01, 0.99)),
    )
    def test_no_block_is_expected_to_add_any_where_the_claim_holds(
        self,
        claim: Claim,
        margin: float,
        baseline: float,
        inside: float,
        sizes: tuple[int, int],
        history: list[tuple[int, int]],
        design: tuple[float, float, float, float],
    ) -> None:
        edge = baseline + margin
        assume(edge < 0.999)
        # Every rate that the claim allows, its edge included.
        rate = edge * inside if claim is Claim.AT_MOST else edge + (1 - edge) * (1 - inside)
        expected, prior, correlation, stake = design
        chosen = Design(claim, margin, expected, prior, correlation=correlation, stake=stake, cap=50)
        assert _expectation(chosen, history, sizes, rate, baseline) <= 1 + 1e-9

    def test_it_grows_where_the_claim_is_wrong(self) -> None:
        design = Design(Claim.AT_MOST, 0.0, 0.05)
        assert _expectation(design, [], (6, 6), 0.4, 0.05) > 1
        assert _expectation(Design(Claim.AT_LEAST, 0.3, 0.0), [], (6, 6), 0.05, 0.05) > 1

    def test_one_sided_blocks_tell_nothing(self) -> None:
        excess = Excess(Design(Claim.AT_MOST, 0.0, 0.05))
        excess.add(Block(50, 50, 0, 0))
        excess.add(Block(0, 0, 50, 0))
        assert excess.e_value == 1.0

    def test_a_design_that_would_stake_everything_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no test"):
            Design(Claim.AT_MOST, 0.0, 0.05, stake=1.0)

    def test_at_the_edge_of_the_claim_evidence_of_100_comes_at_most_once_in_100(self) -> None:
        design = Design(Claim.AT_MOST, 0.1, 0.3)
        reached = 0
        for seed in range(400):
            chance, excess = random.Random(seed), Excess(design)
            for _ in range(60):
                bad = [sum(chance.random() < rate for _ in range(10)) for rate in (0.3, 0.2)]
                excess.add(Block(10, bad[0], 10, bad[1]))
                if excess.e_value >= 100:
                    reached += 1
                    break
        assert reached <= 4


class TestSpeed:
    """What is bad at 30 calls a second of the canary is caught within ten seconds in 99 of 100 cases."""

    def caught(self, runs: int, expected: Verdict, seconds: float, canary: Side, baseline: Side) -> float:
        """The share that got the verdict in time."""
        found = 0
        for seed in range(runs):
            sides = (Side(**_setting(canary)), Side(**_setting(baseline)))
            verdict, elapsed = judged(*sides, seed)
            found += verdict is expected and elapsed <= seconds
        return found / runs

    def test_five_failures_in_a_hundred(self) -> None:
        share = self.caught(400, Verdict.FAILED_ERRORS, 10, Side(30, failing=0.05), Side(120))
        assert share >= 0.99

    @pytest.mark.parametrize("median", [0.6, 2.0, 40.0])
    def test_three_times_the_durations(self, median: float) -> None:
        slow, usual = Side(30, median=3 * median, spread=0.6), Side(120, median=median, spread=0.6)
        assert self.caught(200, Verdict.FAILED_LATENCY, 10, slow, usual) >= 0.99

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
            other = _setting(both) | {"rate": both.rate * 4}
            found[judged(Side(**_setting(both)), Side(**other), seed)[0]] += 1
        assert found[Verdict.PASSED] >= 147, found

    def test_it_passes_as_soon_as_its_time_is_over(self) -> None:
        times = sorted(judged(Side(60), Side(240), seed)[1] for seed in range(50))
        assert times[0] >= 10
        assert times[-1] <= 12


class TestVerdict:
    def test_no_data_is_no_success(self) -> None:
        assert judged(Side(0), Side(100), 1, Plan(max_seconds=20)) == (Verdict.INCONCLUSIVE, 20)

    def test_a_canary_without_a_baseline_does_not_pass(self) -> None:
        assert judged(Side(100), Side(0), 1, Plan(max_seconds=20))[0] is Verdict.INCONCLUSIVE

    def test_too_few_calls_do_not_pass_however_good_they_are(self) -> None:
        plan = Plan(min_calls=1, min_seconds=0, max_seconds=3)
        assert judged(Side(10), Side(40), 1, plan)[0] is Verdict.INCONCLUSIVE

    def test_the_plans_minimum_is_kept(self) -> None:
        verdict, elapsed = judged(Side(30), Side(120), 1, Plan(min_calls=600, min_seconds=1, max_seconds=60))
        assert verdict is Verdict.PASSED
        assert elapsed >= 17

    def test_one_bad_moment_condemns_nobody(self) -> None:
        canary, baseline, judge, chance = Side(30), Side(120), Judge(Plan()), random.Random(1)
        for look in range(20):
            canary.failing = 1.0 if look == 6 else 0.0
            canary.median = 900.0 if look == 8 else 3.0
            canary.serve(chance)
            baseline.serve(chance)
            assert judge.observe(canary.total, baseline.total, look * LOOK) is Verdict.CONTINUE

    def test_a_canary_that_turns_bad_late_is_caught(self) -> None:
        canary, baseline, judge, chance = Side(30), Side(120), Judge(Plan(min_seconds=300)), random.Random(1)
        for look in range(400):
            canary.failing = 0.1 if look >= 240 else 0.0
            canary.serve(chance)
            baseline.serve(chance)
            if judge.observe(canary.total, baseline.total, look * LOOK) is not Verdict.CONTINUE:
                break
        assert 240 < look < 264

    def test_it_stays_as_it_is(self) -> None:
        bad, good = Side(30, failing=1.0), Side(120)
        judge, chance = Judge(Plan()), random.Random(1)
        while judge.observe(bad.total, good.total, 0) is Verdict.CONTINUE:
            bad.serve(chance)
            good.serve(chance)
        assert judge.observe(Sample(), Sample(), 1_000) is Verdict.FAILED_ERRORS

    def test_what_happened_before_the_canary_is_not_held_against_it(self) -> None:
        before = Sample(1_000, 1_000, {1.0: 0, math.inf: 1_000})
        judge = Judge(Plan())
        judge.observe(before, before, 0)
        assert judge.evidence.canary.calls == 0
        assert judge.observe(before, before, 1) is Verdict.CONTINUE

    def test_the_evidence_tells_what_both_did(self) -> None:
        canary, baseline, judge, chance = Side(30, failing=0.3, median=9), Side(120), Judge(Plan()), random.Random(1)
        while judge.observe(canary.total, baseline.total, 0) is Verdict.CONTINUE:
            canary.serve(chance)
            baseline.serve(chance)
        evidence = judge.evidence
        assert evidence.canary == canary.total
        assert evidence.baseline == baseline.total
        assert evidence.failure_e_value >= 100
        assert evidence.slow_ms in (4.5, 6.5)


class TestSample:
    def test_a_difference_is_what_was_added(self) -> None:
        earlier, later = Sample(5, 1, {1.0: 2, math.inf: 5}), Sample(8, 2, {1.0: 4, math.inf: 8})
        assert later.since(earlier) == Sample(3, 1, {1.0: 2, math.inf: 3})

    def test_counters_that_fell_began_anew(self) -> None:
        earlier, later = Sample(5, 1, {1.0: 2, math.inf: 5}), Sample(3, 1, {1.0: 2, math.inf: 3})
        assert later.since(earlier) == later

    def test_a_quantile_is_interpolated_within_its_bucket(self) -> None:
        sample = Sample(100, 0, {1.0: 0, 2.0: 50, 4.0: 100, math.inf: 100})
        assert sample.quantile(0.25) == 1.5
        assert sample.quantile(0.75) == 3.0
        assert Sample(1, 0, {4.0: 0, math.inf: 1}).quantile(0.5) == 4.0
        assert Sample().quantile(0.5) is None

    @given(st.lists(st.integers(0, 50), min_size=3, max_size=3), st.lists(st.integers(0, 50), min_size=3, max_size=3))
    def test_what_was_added_and_what_was_before_is_everything(self, one: list[int], two: list[int]) -> None:
        samples = []
        for counts in (one, [a + b for a, b in zip(one, two, strict=True)]):
            total = sum(counts)
            samples.append(Sample(total, 0, {1.0: counts[0], 2.0: counts[0] + counts[1], math.inf: total}))
        earlier, later = samples
        assert earlier.plus(later.since(earlier)) == later


def _expectation(
    design: Design, history: list[tuple[int, int]], sizes: tuple[int, int], canary: float, baseline: float
) -> float:
    """By how much the evidence is expected to be multiplied: the sum over all outcomes of one block."""
    whole = 0.0
    for bad_canary, bad_baseline in product(range(sizes[0] + 1), range(sizes[1] + 1)):
        excess = Excess(design)
        for one, two in history:
            excess.add(Block(40, one, 40, two))
        before = excess.e_value
        excess.add(Block(sizes[0], bad_canary, sizes[1], bad_baseline))
        odds = _binomial(sizes[0], bad_canary, canary) * _binomial(sizes[1], bad_baseline, baseline)
        whole += odds * excess.e_value / before
    return whole


def _binomial(count: int, bad: int, rate: float) -> float:
    return math.comb(count, bad) * rate**bad * (1 - rate) ** (count - bad)


def _setting(side: Side) -> dict[str, float]:
    names = ("rate", "failing", "median", "spread", "noise", "pauses")
    return {name: getattr(side, name) for name in names}
