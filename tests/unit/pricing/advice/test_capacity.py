"""Capacity plans carry the load when what they promise to survive has failed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.advice.capacity import plan_capacity
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.types.capacity import PlanCapacityRequest, Shape, Strategy
from services.pricing.domain.advice.types.rejections import Lost
from services.pricing.domain.constraints import Constraints
from tests.unit.pricing.advice.offers import catalogue

INDEX = catalogue(
    [
        "aws us-east-1 m7i.large 2/8 on_demand 0.1",
        "aws us-east-1 m7i.large 2/8 spot 0.03",
        "aws us-east-1 m7i.large 2/8 reserved 0.06 12 no_upfront",
    ]
)
LOAD = PlanCapacityRequest(Decimal(200), Decimal("0.25"), (Shape(Constraints(), concurrency=Decimal(8)),))


@settings(max_examples=60, deadline=None)
@given(
    rates=st.lists(st.integers(0, 2000), min_size=24, max_size=24).filter(any),
    latency=st.integers(1, 2000),
    concurrency=st.integers(1, 64),
    spare=st.integers(0, 3),
    zones=st.integers(1, 4),
    data=st.data(),
)
def test_the_load_is_carried_when_spares_or_zones_have_failed(
    rates: list[int], latency: int, concurrency: int, spare: int, zones: int, data: st.DataObject
) -> None:
    lost = data.draw(st.integers(0, zones - 1))
    request = PlanCapacityRequest(
        Decimal(0),
        Decimal(latency) / 1000,
        (Shape(Constraints(), concurrency=Decimal(concurrency)),),
        profile=tuple(map(Decimal, rates)),
        spare_instances=spare,
        zones=zones,
        zones_lost=lost,
        term_months_at_most=12,
        interruptible_share=Decimal("0.5"),
    )
    plans = {plan.strategy: plan for plan in plan_capacity(INDEX, request).plans}
    for plan in plans.values():
        for hour in plan.hours:
            inside = rates[hour.hour] * latency
            assert (hour.running - spare) * concurrency * 1000 >= inside or not inside
        windows = {rule.from_hour: rule.minimum for rule in plan.scheduled}
        counts = [hour.running for hour in plan.hours]
        assert all(counts[start] == minimum for start, minimum in windows.items())
        assert bool(windows) == (len(set(counts)) > 1)
    safest = plans[Strategy.SAFEST]
    left = safest.instances // zones * (zones - lost)
    assert safest.instances % zones == 0
    assert left * concurrency * 1000 >= max(rates) * latency
    assert plans[Strategy.CHEAPEST].monthly.money <= safest.monthly.money


def test_taking_an_instance_away_never_calls_for_one_more() -> None:
    for plan in plan_capacity(INDEX, LOAD).plans:
        rule = plan.event_driven[0]
        for count in range(rule.minimum + 1, 40):
            assert rule.in_below * count / (count - 1) <= rule.out_above


def test_without_an_offer_there_is_no_plan_and_the_reason_is_said() -> None:
    elsewhere = Shape(replace(Constraints(), regions=("moon-1",)), concurrency=Decimal(8))
    found = plan_capacity(INDEX, replace(LOAD, shapes=(elsewhere,)))
    assert not found.plans
    assert {each.constraint for each in found.rejected if each.reason is Lost.BREAKS_CONSTRAINT} == {"regions"}


@pytest.mark.parametrize(
    "changed",
    [
        {"rate": Decimal(0)},
        {"latency_seconds": Decimal(0)},
        {"shapes": ()},
        {"shapes": (Shape(Constraints()),)},
        {"profile": (Decimal(1),)},
        {"peak_factor": Decimal("0.9")},
        {"zones": 2, "zones_lost": 2},
        {"wait_seconds_at_most": Decimal(0)},
    ],
)
def test_loads_that_make_no_sense_are_refused(changed: dict[str, object]) -> None:
    with pytest.raises(RequestInvalid):
        plan_capacity(INDEX, replace(LOAD, **changed))  # type: ignore[arg-type]
