"""A portfolio is the cheapest of all: compared with every possible one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.portfolios import portfolio
from services.pricing.domain.advice.types.portfolio import Peak, PortfolioRequest, RiskKind, Role, Workload
from services.pricing.domain.advice.types.rejections import Lost
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.money import HOURS_A_MONTH, NANOS, Money
from services.pricing.domain.offers import Provider, Purchase
from tests.unit.pricing.advice.offers import catalogue

ANY = Constraints()
OFFERS = (
    "aws us-east-1 m7i.large 2/8 on_demand 0.1",
    "aws us-east-1 m7i.large 2/8 spot 0.04",
    "aws us-east-1 m7i.large 2/8 reserved 0.07 12 no_upfront",
    "aws us-east-1 m7i.large 2/8 reserved 0.06 12 all_upfront 525.6",
)


def cheapest(
    profile: tuple[int, ...], share: Decimal, prices: tuple[int, int, int, int], upfronts: int | None
) -> Decimal | None:
    """Nanos for 12 months, by trying every pair of committed levels. Prices: on demand, spot, two commitments."""
    on_demand, spot, plain, upfront = prices
    best = None
    for first, second in itertools.product(range(max(profile) + 1), repeat=2):
        if upfronts is not None and second * upfront * HOURS_A_MONTH * 12 > upfronts:
            continue
        cost = Decimal((first * plain + second * upfront) * HOURS_A_MONTH * 12)
        for count in profile:
            left = max(0, count - first - second)
            on_spot = min(floor(count * share), left) if spot < on_demand else 0
            cost += (on_spot * spot + (left - on_spot) * on_demand) * Decimal(HOURS_A_MONTH * 12) / len(profile)
        best = cost if best is None else min(best, cost)
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any),
    st.sampled_from([Decimal(0), Decimal("0.3"), Decimal("0.5"), Decimal(1)]),
    st.tuples(*[st.integers(1, 99)] * 4),
    st.one_of(st.none(), st.integers(0, 3000)),
)
def test_it_is_the_cheapest_of_all(
    profile: list[int], share: Decimal, prices: tuple[int, int, int, int], limit: int | None
) -> None:
    on_demand, spot, plain, upfront = (price * NANOS // 1000 for price in prices)
    offers = [
        f"aws us-east-1 t.x 1/1 on_demand {Decimal(on_demand) / NANOS}",
        f"aws us-east-1 t.x 1/1 spot {Decimal(spot) / NANOS}",
        f"aws us-east-1 t.x 1/1 reserved {Decimal(plain) / NANOS} 12 no_upfront",
        f"aws us-east-1 t.x 1/1 reserved {Decimal(upfront) / NANOS} 12 all_upfront {Decimal(upfront) / NANOS * 8760}",
    ]
    request = PortfolioRequest(
        ANY,
        Workload(tuple(profile)),
        interruptible_share=share,
        upfront_at_most=None if limit is None else Money.of(Decimal(limit)),
    )
    found = portfolio(catalogue(offers), request)
    expected = cheapest(
        tuple(profile), share, (on_demand, spot, plain, upfront), None if limit is None else limit * NANOS
    )
    assert found.optimal
    assert found.total is not None and expected is not None
    assert abs(found.total.money.nanos - expected) <= len(found.lines)
    assert found.saving is not None and found.saving.money.nanos >= -len(found.lines)
    for each in found.rejected:
        assert each.difference is None or each.difference.money.nanos >= -4


def test_the_baseline_is_committed_and_the_peak_is_not() -> None:
    workload = Workload(baseline=4, peaks=(Peak(6, Decimal(146)),))
    found = portfolio(catalogue(OFFERS), PortfolioRequest(ANY, workload))
    roles = {line.role: line for line in found.lines}
    assert roles[Role.COMMITMENT].instances == 4
    assert roles[Role.ON_DEMAND].instances == 6
    assert roles[Role.ON_DEMAND].paid_hours == 876
    assert found.commitment_utilisation == 1
    # 4 x 0.06 x 8760 = 2102.40; 6 x 0.1 x 146 x 12 = 1051.20
    assert found.total is not None and found.total.money == Money.of("3153.60")


def test_a_workload_that_ends_before_the_term_still_pays_all_of_it() -> None:
    found = portfolio(catalogue(OFFERS), PortfolioRequest(ANY, Workload((2,)), months=6))
    assert [line.role for line in found.lines] == [Role.ON_DEMAND]
    lost = {each.options.purchase: each for each in found.rejected if each.options.provider is Provider.AWS}
    assert lost[Purchase.RESERVED].reason is Lost.DEARER
    assert lost[Purchase.SPOT].reason is Lost.INTERRUPTIBLE


def test_risks_say_what_they_cost() -> None:
    workload = Workload((1, 1, 1, 4))
    found = portfolio(catalogue(OFFERS), PortfolioRequest(ANY, workload, interruptible_share=Decimal("0.5")))
    risks = {risk.kind: risk.figure.money for risk in found.risks}
    # One committed; of the four in a quarter of the month, two on spot and one on demand.
    assert risks[RiskKind.COMMITTED] == Money.of("525.6")
    assert risks[RiskKind.INTERRUPTION] == Money.of("21.9")
    assert risks[RiskKind.PRICE] == Money.of("14.6")


def test_without_any_offer_there_is_no_portfolio_and_the_reason_is_said() -> None:
    found = portfolio(catalogue(OFFERS), PortfolioRequest(replace(ANY, regions=("eu-west-1",)), Workload((1,))))
    assert not found.lines
    assert {each.constraint for each in found.rejected if each.reason is Lost.BREAKS_CONSTRAINT} == {"regions"}


@pytest.mark.parametrize(
    "workload",
    [Workload(), Workload((0, 0)), Workload((-1, 2)), Workload(baseline=1, peaks=(Peak(1, Decimal(731)),))],
)
def test_a_workload_needs_something_at_some_time(workload: Workload) -> None:
    with pytest.raises(RequestInvalid):
        portfolio(catalogue(OFFERS), PortfolioRequest(ANY, workload))
