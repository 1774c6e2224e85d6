"""What the judge makes of what it sees, case by case."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from services.mesh.judge import Judge, Plan, Sample, Verdict
from tests.unit.mesh.canaries import LOOK, Side, judged


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

    def test_a_cold_start_is_not_held_against_it(self) -> None:
        canary, baseline, judge, chance = Side(200), Side(800), Judge(Plan()), random.Random(1)
        for look in range(20):
            canary.median = 60.0 if look < 3 else 3.0
            canary.serve(chance)
            baseline.serve(chance)
            judge.observe(canary.total, baseline.total, look * LOOK)
            assert judge.evidence.latency_e_value <= 1

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
