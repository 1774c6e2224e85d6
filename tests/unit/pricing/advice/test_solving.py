"""What the solver costs to load is no part of the time that a search may take: the first to ask gets the best, too."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from services.pricing.domain.advice import solving
from services.pricing.domain.advice.portfolios import portfolio
from services.pricing.domain.advice.recommending import recommend
from services.pricing.domain.advice.types.needs import Work
from services.pricing.domain.advice.types.portfolio import Portfolio, PortfolioRequest, Workload
from services.pricing.domain.advice.types.recommendation import Recommendation, RecommendRequest
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.money import Money
from tests.unit.pricing.advice.offers import catalogue

ANY = Constraints()
Clock = Callable[[], float]


def a_mix(clock: Clock) -> Recommendation:
    offers = ("aws us-east-1 m7i.large 2/8 on_demand 0.1", "aws us-east-1 m7i.xlarge 4/16 on_demand 0.19")
    return recommend(catalogue(offers), RecommendRequest(ANY, Work(millicpus=5000)), clock)


def two_commitments(clock: Clock) -> Portfolio:
    offers = (
        "aws us-east-1 m7i.large 2/8 on_demand 0.1",
        "aws us-east-1 m7i.large 2/8 reserved 0.07 12 no_upfront",
        "aws us-east-1 m7i.large 2/8 reserved 0.06 12 all_upfront 525.6",
    )
    request = PortfolioRequest(ANY, Workload((2, 3)), upfront_at_most=Money.of(Decimal(600)))
    return portfolio(catalogue(offers), request, clock=clock)


@pytest.mark.parametrize("ask", [a_mix, two_commitments])
def test_whether_an_answer_is_the_best_does_not_depend_on_who_asked_first(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[Clock], Recommendation | Portfolio]
) -> None:
    now = 0.0
    load = solving.load

    def slow() -> None:
        nonlocal now
        now += 60
        load()

    monkeypatch.setattr(solving, "load", slow)
    assert ask(lambda: now).optimal
    assert now == 60
