"""What is asked for is resolved to offers, and what cannot be asked for is refused with the field's name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.pricing.domain.advice.commitments import analyze_commitment
from services.pricing.domain.advice.comparing import compare
from services.pricing.domain.advice.errors import NothingMatches, OfferUnknown, RequestInvalid
from services.pricing.domain.advice.estimating import estimate
from services.pricing.domain.advice.types.commitment import AnalyzeCommitmentRequest
from services.pricing.domain.advice.types.comparison import CompareRequest, Split
from services.pricing.domain.advice.types.estimate import EstimateItem, EstimateRequest, GivenQuantity
from services.pricing.domain.advice.types.needs import Usage
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Purchase
from tests.unit.pricing.advice.offers import catalogue, offer

ON_DEMAND = offer("aws us-east-1 m7i.large 2/8 on_demand 0.1")
DEARER = offer("aws us-east-1 m7i.xlarge 4/16 on_demand 0.2")
ELSEWHERE = offer("aws eu-west-1 m7i.large 2/8 on_demand 0.11")
SPOT = offer("aws us-east-1 m7i.large 2/8 spot 0.03")
YEAR = offer("aws us-east-1 m7i.large 2/8 reserved 0.06 12 no_upfront")
AZURE = offer("azure eastus D2 2/8 on_demand 0.12")
INDEX = catalogue([ON_DEMAND, DEARER, ELSEWHERE, SPOT, YEAR, AZURE])
ANY = Constraints()


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ((), [SPOT]),
        ((Split.PROVIDER,), [SPOT, AZURE]),
        ((Split.REGION,), [SPOT, ELSEWHERE, AZURE]),
        ((Split.PROVIDER, Split.PURCHASE), [SPOT, YEAR, ON_DEMAND, AZURE]),
    ],
)
def test_a_need_stands_for_the_cheapest_offer_of_each_group(split: tuple[Split, ...], expected: list[object]) -> None:
    found = compare(INDEX, CompareRequest((ANY,), split))
    assert [row.offer for row in found.rows] == expected


def test_a_need_for_few_hours_is_not_met_by_a_commitment() -> None:
    need = replace(ANY, purchases=(Purchase.ON_DEMAND, Purchase.RESERVED))
    for hours, expected in ((Decimal(730), YEAR), (Decimal(100), ON_DEMAND)):
        found = compare(INDEX, CompareRequest((need,), (), usage=Usage(hours_a_month=hours)))
        assert [row.offer for row in found.rows] == [expected]


def test_what_is_not_in_the_catalogue_is_said_to_be_missing() -> None:
    unknown = replace(ON_DEMAND.key, region="moon-1")
    compared = compare(INDEX, CompareRequest((unknown, ON_DEMAND.key, replace(ANY, regions=("moon-1",)))))
    assert compared.missing == (0, 2)
    estimated = estimate(INDEX, EstimateRequest((EstimateItem("web", unknown), EstimateItem("db", ON_DEMAND.key))))
    assert estimated.missing == (0,)
    assert estimated.total.monthly.money == Money.of("73")


def test_only_the_cheapest_rows_are_kept() -> None:
    found = compare(INDEX, CompareRequest((ON_DEMAND.key, SPOT.key, AZURE.key), limit=2))
    assert [row.offer for row in found.rows] == [SPOT, ON_DEMAND]
    assert found.left_off == 1


def test_prices_of_the_caller_are_marked_as_such() -> None:
    egress = GivenQuantity(Decimal(10), Money.of("0.09"))
    found = estimate(INDEX, EstimateRequest((EstimateItem("web", ON_DEMAND.key, egress=egress),)))
    assert found.lines[1].costs.monthly.given == ("0.09 USD per GiB of egress, given by the caller",)
    assert found.total.monthly.given and found.total.monthly.offers == (ON_DEMAND,)


def test_a_commitment_is_held_against_the_same_offer_on_demand() -> None:
    found = analyze_commitment(INDEX, AnalyzeCommitmentRequest(replace(ANY, regions=("us-east-1",))))
    assert (found.commitment, found.on_demand) == (YEAR, ON_DEMAND)


def test_a_commitment_needs_both_prices() -> None:
    with pytest.raises(OfferUnknown):
        analyze_commitment(INDEX, AnalyzeCommitmentRequest(replace(YEAR.key, term_months=36)))
    with pytest.raises(NothingMatches):
        analyze_commitment(INDEX, AnalyzeCommitmentRequest(replace(ANY, regions=("eu-west-1",))))
    with pytest.raises(NothingMatches):
        analyze_commitment(catalogue([YEAR]), AnalyzeCommitmentRequest(YEAR.key))
    with pytest.raises(RequestInvalid):
        analyze_commitment(INDEX, AnalyzeCommitmentRequest(ON_DEMAND.key))


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (CompareRequest(()), "subjects"),
        (CompareRequest((ANY,), quantity=0), "quantity"),
        (CompareRequest((ANY,), usage=Usage(hours_a_month=Decimal(731))), "usage.hours_a_month"),
        (CompareRequest((ANY,), usage=Usage(hours_a_day=Decimal("NaN"))), "usage.hours_a_day"),
    ],
)
def test_comparisons_out_of_bounds_are_refused(request_: CompareRequest, field: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        compare(INDEX, request_)
    assert refused.value.field == field


def test_estimates_and_commitments_out_of_bounds_are_refused() -> None:
    euros = GivenQuantity(Decimal(1), Money.of("0.1", "EUR"))
    for items in ((), (EstimateItem("a", ANY, quantity=0),), (EstimateItem("a", ANY, storage=euros),)):
        with pytest.raises(RequestInvalid):
            estimate(INDEX, EstimateRequest(items))
    for utilisation in ("0", "1.1"):
        with pytest.raises(RequestInvalid):
            analyze_commitment(INDEX, AnalyzeCommitmentRequest(YEAR.key, utilisation=Decimal(utilisation)))
    with pytest.raises(RequestInvalid):
        analyze_commitment(INDEX, AnalyzeCommitmentRequest(YEAR.key, price_changes=(Decimal(-100),)))
