"""The judge's e-values, exactly: summed over all outcomes, and at the edge of the claim."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.mesh.judge.excess import Block, Claim, Design, Excess


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
