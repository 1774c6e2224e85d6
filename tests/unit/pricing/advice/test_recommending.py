"""A recommendation is the cheapest way to cover a need, and says why everything else lost."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.recommending import recommend
from services.pricing.domain.advice.types.needs import Usage, Work
from services.pricing.domain.advice.types.recommendation import Recommendation, RecommendRequest, Together
from services.pricing.domain.advice.types.rejections import Lost
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.intents import Budget, Period
from services.pricing.domain.money import HOURS_A_MONTH, Money
from services.pricing.domain.offers import INTERRUPTIBLE, Offer, Provider, Purchase
from tests.unit.pricing.advice.offers import catalogue, offer

ANY = Constraints()


def monthly(found: Recommendation) -> int:
    return found.options[0].monthly.money.nanos


@st.composite
def offers(draw: st.DrawFn, most: int = 6) -> list[Offer]:
    made = {}
    for number in range(draw(st.integers(1, most))):
        purchase = draw(st.sampled_from(["on_demand", "spot", "reserved"]))
        words = (
            f"aws {draw(st.sampled_from(['us-east-1', 'eu-west-1']))} t{number}.x"
            f" {draw(st.integers(1, 8))}/{draw(st.integers(1, 16))} {purchase} 0.{draw(st.integers(1, 999)):03}"
        )
        one = offer(words + (" 12 no_upfront" if purchase == "reserved" else ""))
        made[one.key.id] = one
    return list(made.values())


works = st.builds(
    Work,
    millicpus=st.one_of(st.none(), st.integers(1, 20).map(lambda cpus: cpus * 1000)),
    memory_mib=st.integers(1, 40).map(lambda gib: gib * 1024),
    instances=st.one_of(st.none(), st.integers(1, 4)),
)
shares = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])


def covers(counted: list[tuple[Offer, int]], work: Work, share: Decimal) -> bool:
    """Said once more, in the words of the contract."""
    firm = [(each, count) for each, count in counted if each.key.purchase not in INTERRUPTIBLE]

    def total(some: list[tuple[Offer, int]]) -> tuple[int, int, int]:
        return (
            sum(each.instance.millicpus * count for each, count in some),
            sum(each.instance.memory_mib * count for each, count in some),
            sum(count for _, count in some),
        )

    asked = (work.millicpus or 0, work.memory_mib or 0, work.instances or 0)
    enough = all(given >= need for given, need in zip(total(counted), asked, strict=True))
    return enough and all(given >= (1 - share) * need for given, need in zip(total(firm), asked, strict=True))


@settings(max_examples=40, deadline=None)
@given(offers(), works, shares)
def test_it_is_never_dearer_than_any_single_offer_that_covers_the_work(
    made: list[Offer], work: Work, share: Decimal
) -> None:
    found = recommend(catalogue(made), RecommendRequest(ANY, work, interruptible_share=share, term_months_at_most=12))
    singles = [
        one.hourly.nanos * HOURS_A_MONTH * count
        for one in made
        if (count := next((n for n in range(1, 400) if covers([(one, n)], work, share)), 0))
    ]
    if singles:
        assert monthly(found) <= min(singles)
    for option in found.options:
        assert covers([(line.offer, line.count) for line in option.lines], work, share)


@settings(max_examples=25, deadline=None)
@given(offers(4), st.integers(1, 6), st.integers(1, 12), shares)
def test_it_is_the_cheapest_of_all_mixes(made: list[Offer], cpus: int, gib: int, share: Decimal) -> None:
    work = Work(millicpus=cpus * 1000, memory_mib=gib * 1024)
    request = RecommendRequest(
        ANY, work, interruptible_share=share, term_months_at_most=12, instances_at_most=6, together=Together.ANYWHERE
    )
    found = recommend(catalogue(made), request)
    costs = [
        sum(one.hourly.nanos * HOURS_A_MONTH * count for one, count in zip(made, counts, strict=True))
        for counts in itertools.product(range(7), repeat=len(made))
        if 0 < sum(counts) <= 6 and covers(list(zip(made, counts, strict=True)), work, share)
    ]
    assert found.optimal
    assert bool(costs) == bool(found.options)
    if costs:
        assert monthly(found) == min(costs)


@settings(max_examples=25, deadline=None)
@given(
    offers(),
    works,
    st.sampled_from(
        [
            {"regions": ("us-east-1",)},
            {"millicpus_at_least": 3000},
            {"memory_mib_at_least": 4096},
            {"purchases": (Purchase.ON_DEMAND,)},
            {"interruptible": False},
        ]
    ),
)
def test_another_constraint_never_makes_it_cheaper(made: list[Offer], work: Work, more: dict[str, object]) -> None:
    index = catalogue(made)
    loose = RecommendRequest(ANY, work, interruptible_share=Decimal("0.5"), term_months_at_most=12)
    strict = replace(loose, constraints=replace(ANY, **more))  # type: ignore[arg-type]
    less_tolerant = replace(loose, interruptible_share=Decimal(0))
    shorter = replace(loose, term_months_at_most=0)
    for tightened in (strict, less_tolerant, shorter):
        found = recommend(index, tightened)
        if found.options:
            assert monthly(found) >= monthly(recommend(index, loose))


def test_a_mix_covers_what_no_single_offer_covers_as_cheaply() -> None:
    index = catalogue(["aws us-east-1 m7i.xlarge 4/16 on_demand 0.2016", "aws us-east-1 m7i.large 2/8 on_demand 0.11"])
    found = recommend(index, RecommendRequest(ANY, Work(millicpus=10_000)))
    assert {(line.offer.key.instance_type, line.count) for line in found.options[0].lines} == {
        ("m7i.xlarge", 2),
        ("m7i.large", 1),
    }
    assert found.options[0].monthly.money == Money.of("374.636")


def test_every_other_kind_says_why_it_lost() -> None:
    index = catalogue(
        [
            "aws us-east-1 m7i.large 2/8 on_demand 0.1008",
            "aws us-east-1 m7i.large 2/8 spot 0.04",
            "aws us-east-1 m7i.large 2/8 reserved 0.06 12 no_upfront",
            "azure eastus D2 2/8 on_demand 0.12",
            "gcp us-east4 tiny 1/2 on_demand 0.02",
        ]
    )
    found = recommend(index, RecommendRequest(replace(ANY, memory_mib_at_least=8192)))
    reasons = {(each.options.provider, each.options.purchase): each for each in found.rejected}
    assert reasons[Provider.AWS, Purchase.SPOT].reason is Lost.INTERRUPTIBLE
    assert reasons[Provider.AWS, Purchase.RESERVED].reason is Lost.TERM_TOO_LONG
    dearer = reasons[Provider.AZURE, Purchase.ON_DEMAND]
    assert dearer.reason is Lost.DEARER
    assert dearer.difference is not None and dearer.difference.money == Money.of("14.016")
    broken = reasons[Provider.GCP, Purchase.ON_DEMAND]
    assert (broken.reason, broken.constraint) == (Lost.BREAKS_CONSTRAINT, "memory_mib_at_least")
    assert reasons[Provider.GCP, Purchase.COMMITTED_USE].reason is Lost.NO_PRICE_KNOWN
    assert (Provider.AWS, Purchase.ON_DEMAND) not in reasons


def test_over_the_budget_nothing_is_recommended_and_the_excess_is_said() -> None:
    index = catalogue(["aws us-east-1 m7i.large 2/8 on_demand 0.1008"])
    request = RecommendRequest(ANY, budget=Budget(Money.of("70"), Period.MONTH))
    found = recommend(index, request)
    assert not found.options
    assert found.rejected[0].reason is Lost.OVER_BUDGET
    assert found.rejected[0].difference is not None
    assert found.rejected[0].difference.money == Money.of("3.584")


def test_commitments_count_with_all_hours_however_few_are_used() -> None:
    index = catalogue(
        ["aws us-east-1 m7i.large 2/8 on_demand 0.1", "aws us-east-1 m7i.large 2/8 reserved 0.06 12 no_upfront"]
    )
    half = RecommendRequest(ANY, usage=Usage(hours_a_month=Decimal(365)), term_months_at_most=12)
    assert recommend(index, half).options[0].lines[0].offer.key.purchase is Purchase.ON_DEMAND
    whole = replace(half, usage=Usage())
    assert recommend(index, whole).options[0].lines[0].offer.key.purchase is Purchase.RESERVED


@pytest.mark.parametrize("work", [Work(), Work(instances=0), Work(millicpus=-1)])
def test_work_must_be_asked_for(work: Work) -> None:
    with pytest.raises(RequestInvalid):
        recommend(catalogue([]), RecommendRequest(ANY, work))
