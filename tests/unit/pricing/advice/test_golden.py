"""Figures computed by hand, in golden/*.yaml with the arithmetic beside them, match to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.pricing.domain.advice.capacity import plan_capacity
from services.pricing.domain.advice.commitments import analyze_commitment
from services.pricing.domain.advice.comparing import compare
from services.pricing.domain.advice.estimating import estimate
from services.pricing.domain.advice.portfolios import portfolio
from services.pricing.domain.advice.recommending import recommend
from services.pricing.domain.advice.types.capacity import PlanCapacityRequest, Shape
from services.pricing.domain.advice.types.commitment import AnalyzeCommitmentRequest
from services.pricing.domain.advice.types.comparison import CompareRequest
from services.pricing.domain.advice.types.estimate import EstimateItem, EstimateRequest, GivenQuantity
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.needs import Usage, Work
from services.pricing.domain.advice.types.portfolio import Peak, PortfolioRequest, Workload
from services.pricing.domain.advice.types.recommendation import RecommendRequest
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.intents import Budget, Period
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Offer, Purchase
from tests.unit.pricing.advice.offers import catalogue, offer

GOLDEN = Path(__file__).parent / "golden"
Case = dict[str, Any]
Offers = dict[str, Offer]
CASES: list[Case] = [
    case | {"kind": path.stem} for path in sorted(GOLDEN.glob("*.yaml")) for case in yaml.safe_load(path.read_text())
]


def decimals(values: Any) -> tuple[Decimal, ...]:
    return tuple(Decimal(str(value)) for value in values)


def money(words: Any) -> Money:
    return Money.of(Decimal(str(words)))


def plain(given: Case, **kinds: Callable[[Any], Any]) -> dict[str, Any]:
    """The request's fields as they are, each of some through its own function."""
    return {name: kinds.get(name, lambda value: value)(value) for name, value in given.items()}


def number(value: Any) -> Decimal:
    return Decimal(str(value))


def usage(given: Case) -> Usage:
    return Usage(**{name: number(value) for name, value in given.items()})


def constraints(given: Case) -> Constraints:
    return Constraints(
        **plain(given, purchases=lambda names: tuple(Purchase(name) for name in names), regions=tuple, families=tuple)
    )


def compared(given: Case, offers: Offers) -> CompareRequest:
    subjects = tuple(offers[label].key for label in given.pop("subjects"))
    return CompareRequest(subjects, **plain(given, usage=usage))


def estimated(given: Case, offers: Offers) -> EstimateRequest:
    def quantity(some: Case) -> GivenQuantity:
        return GivenQuantity(number(some["amount"]), money(some["unit_price"]))

    items = []
    for item in given["items"]:
        wanted = offers[item.pop("offer")].key
        items.append(EstimateItem("", wanted, **plain(item, usage=usage, storage=quantity, egress=quantity)))
    return EstimateRequest(tuple(items))


def committed(given: Case, offers: Offers) -> AnalyzeCommitmentRequest:
    labels: Case = {name: offers[given.pop(name)].key for name in ("commitment", "on_demand") if name in given}
    return AnalyzeCommitmentRequest(
        **labels, **plain(given, utilisation=number, utilisations=decimals, price_changes=decimals)
    )


def covered(given: Case, _: Offers) -> PortfolioRequest:
    peaks = tuple(Peak(peak["instances"], number(peak["hours"])) for peak in given.pop("peaks", []))
    workload = Workload(tuple(given.pop("profile", [])), given.pop("baseline", 0), peaks)
    open_ones = Constraints()
    return PortfolioRequest(open_ones, workload, **plain(given, interruptible_share=number, upfront_at_most=money))


def recommended(given: Case, _: Offers) -> RecommendRequest:
    return RecommendRequest(
        constraints(given.pop("constraints", {})),
        Work(**plain(given.pop("work"), gpus=number)),
        **plain(
            given,
            usage=usage,
            interruptible_share=number,
            budget=lambda budget: Budget(money(budget["amount"]), Period(budget["per"])),
        ),
    )


def planned(given: Case, _: Offers) -> PlanCapacityRequest:
    each = {name: number(given.pop(name)) for name in ("concurrency", "concurrency_per_vcpu") if name in given}
    numbers: Case = {
        name: number(given.pop(name))
        for name in ("rate", "latency_seconds", "peak_factor", "margin", "interruptible_share", "start_seconds")
        if name in given
    }
    numbers.setdefault("rate", Decimal(0))
    return PlanCapacityRequest(
        shapes=(Shape(Constraints(), **each),), **numbers, **plain(given, profile=decimals, wait_seconds_at_most=number)
    )


ADVICE: dict[str, tuple[Callable[[Case, Offers], Any], Callable[..., Any]]] = {
    "comparison": (compared, compare),
    "estimate": (estimated, estimate),
    "commitment": (committed, analyze_commitment),
    "portfolio": (covered, portfolio),
    "recommendation": (recommended, recommend),
    "capacity": (planned, plan_capacity),
}


def found_at(result: Any, path: str) -> Any:
    for part in path.split("."):
        result = result[int(part)] if part.lstrip("-").isdigit() else getattr(result, part)
    return result


def figures_in(value: Any) -> Iterator[Figure]:
    """All figures of a result, however deep."""
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from figures_in(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from figures_in(getattr(value, field.name))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}: {case['name']}")
def test_it_matches_the_figures_computed_by_hand(case: Case) -> None:
    offers = {label: offer(words) for label, words in case["offers"].items()}
    request, advise = ADVICE[case["kind"]]
    result = advise(catalogue(offers.values()), request(dict(case["request"]), offers))
    assert all(figure.formula and (figure.offers or figure.given) for figure in figures_in(result))
    for path, expected in case["expect"].items():
        actual = found_at(result, path)
        if isinstance(actual, Figure):
            assert abs(actual.money.amount - number(expected)) < Decimal("0.005"), path
        elif isinstance(actual, Offer):
            assert actual == offers[expected], path
        elif isinstance(actual, tuple):
            assert len(actual) == expected, path
        elif isinstance(actual, Enum | str | bool) or actual is None:
            assert actual == expected, path
        else:
            assert Decimal(actual) == number(expected), path


def test_there_are_enough_of_them_and_each_shows_its_arithmetic() -> None:
    assert len(CASES) >= 40
    assert all(case["arithmetic"].strip() for case in CASES)
