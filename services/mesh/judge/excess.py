"""How strongly two streams of yes-or-no outcomes contradict a claim about the difference of their rates.

The claim is a null hypothesis about the rates of the canary c and the baseline b: "c <= b + margin" (`AT_MOST`) or "c
>= b + margin" (`AT_LEAST`). For each block of outcomes an e-value is multiplied to the evidence: the likelihood of the
block under a pair (c*, b*) that was chosen before the block was seen, divided by the likelihood under that pair of the
claim which is nearest to (c*, b*) in relative entropy. Its expectation is at most one wherever the claim holds, so by
Ville's inequality the product ever reaches 1/alpha with a probability of at most alpha - however often, and whenever,
one looks.

The construction for two equal rates is that of Turner, Ly and Grünwald, "Generic E-variables for exact sequential
k-sample tests that allow for optional stopping". Why it holds for a claim with a margin: let f_c(c) be the expected
ratio of one outcome of the canary with the rate c, and f_b(b) that of the baseline; both are linear and one at the
nearest pair. For blocks of m and n outcomes the nearest pair minimises a convex function over a convex set, so every
pair of the claim has m (f_c - 1) + n (f_b - 1) <= 0. The block's expectation is f_c^m f_b^n, which by the inequality of
the arithmetic and the geometric mean is at most ((m f_c + n f_b) / (m + n))^(m + n) <= 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

_SMALLEST = 1e-6
_HALVINGS = 50
# What a rate is taken for before the first outcome.
_USUAL = 0.01


class Claim(Enum):
    """What is to be contradicted."""

    AT_MOST = "the canary's rate is at most the baseline's plus the margin"
    AT_LEAST = "the canary's rate is at least the baseline's plus the margin"


@dataclass(frozen=True, slots=True)
class Block:
    """Outcomes of both sides in the same time: how many there were, and how many of them were bad."""

    canary: int
    canary_bad: int
    baseline: int
    baseline_bad: int


@dataclass(frozen=True, slots=True)
class Design:
    """A claim, and what makes its test quick: any choice is valid, a good one is fast."""

    claim: Claim
    margin: float
    expected: float
    """By how much the canary's rate is expected to exceed the baseline's until outcomes tell."""
    prior: float = 10.0
    """How many outcomes that expectation is worth."""
    memory: float = 0.93
    """How much of what was learnt is kept at each block: a canary may turn bad late."""
    correlation: float = 0.0
    """How alike the outcomes of one block are: n of them count as n / (1 + correlation (n - 1)), the design effect of
    cluster sampling. On a busy machine a whole block is slow or quick together."""
    stake: float = 0.8
    """The share of the evidence, below one, that one block may cost: its e-value E becomes 1 - stake + stake E."""
    cap: float = math.inf
    """The most that one block may multiply the evidence by: one pause of a process must not condemn it."""

    def __post_init__(self) -> None:
        """Raises ValueError for what would let one block take everything, or nothing."""
        if not (0 <= self.margin < 1 and 0 < self.stake < 1 <= self.cap and 0 <= self.correlation <= 1):
            raise ValueError(f"no test can be made of {self}")


class Excess:
    """The evidence against one claim."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._log = 0.0
        self._seen = [0.0, 0.0, 0.0, 0.0]

    @property
    def e_value(self) -> float:
        """The evidence; one before the first block, capped at 1e300."""
        return math.exp(min(self._log, 690.0))

    def add(self, block: Block) -> None:
        """Takes the next block in."""
        if block.canary and block.baseline:
            ratio = math.exp(min(self._ratio(block), 690.0))
            self._log += math.log(min(1 + self._design.stake * (ratio - 1), self._design.cap))
        fresh = (block.canary, block.canary_bad, block.baseline, block.baseline_bad)
        self._seen = [old * self._design.memory + new for old, new in zip(self._seen, fresh, strict=True)]

    def _ratio(self, block: Block) -> float:
        canary, baseline = self._guess()
        weights = self._weight(block.canary), self._weight(block.baseline)
        near = self._nearest(canary, baseline, weights[0] * block.canary, weights[1] * block.baseline)
        if near is None:
            return 0.0
        return weights[0] * _log_ratio(block.canary_bad, block.canary, canary, near + self._design.margin) + weights[
            1
        ] * _log_ratio(block.baseline_bad, block.baseline, baseline, near)

    def _weight(self, outcomes: int) -> float:
        return 1 / (1 + self._design.correlation * (outcomes - 1))

    def _guess(self) -> tuple[float, float]:
        """The pair of rates that the outcomes so far, and the expectation, suggest."""
        canary, canary_bad, baseline, baseline_bad = self._seen
        prior = self._design.prior
        usual = _inside((baseline_bad + _USUAL * prior) / (baseline + prior))
        expected = _inside(usual + self._design.expected)
        return _inside((canary_bad + prior * expected) / (canary + prior)), usual

    def _nearest(self, canary: float, baseline: float, canaries: float, baselines: float) -> float | None:
        """The baseline's rate of the claim's pair that is nearest; None when the guess itself agrees with the claim."""
        margin = self._design.margin
        if self._design.claim is Claim.AT_MOST:
            if canary <= baseline + margin:
                return None
            low, high = baseline, canary - margin
        else:
            if canary >= baseline + margin:
                return None
            low, high = max(canary - margin, 0.0), min(baseline, 1.0 - margin)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            slope = canaries * _slope(canary, middle + margin) + baselines * _slope(baseline, middle)
            low, high = (middle, high) if slope < 0 else (low, middle)
        return (low + high) / 2


def _log_ratio(bad: int, outcomes: int, guess: float, near: float) -> float:
    return bad * math.log(guess / near) + (outcomes - bad) * math.log((1 - guess) / (1 - near))


def _slope(guess: float, rate: float) -> float:
    """The derivative, by `rate`, of the relative entropy of one outcome with the rate `guess`."""
    return (1 - guess) / (1 - rate) - guess / rate


def _inside(rate: float) -> float:
    return min(max(rate, _SMALLEST), 1 - _SMALLEST)
