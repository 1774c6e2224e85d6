"""Conditions and intents survive the way to the contract and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import given
from hypothesis import strategies as st
from malha.pricing.v1 import intent_pb2

from services.pricing.convert_intents import (
    budget_from_proto,
    constraints_from_proto,
    constraints_to_proto,
    decimal,
    intent_to_proto,
)
from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.intents import Budget, Choice, Intent, Operation, Ordering, Period
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Architecture, OperatingSystem, Payment, Provider, Purchase, Tenancy

Value = TypeVar("Value")
_WORDS = st.text(min_size=1, max_size=8)
_SIZES = st.none() | st.integers(0, 10**9)
_COUNTS = st.none() | st.floats(0, 1000).map(decimal)
_NEEDS = st.builds(GpuNeed, st.lists(_WORDS, max_size=3).map(tuple), _COUNTS, _COUNTS, _COUNTS, _SIZES, _SIZES)


def _some(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3, unique=True).map(tuple)


CONSTRAINTS = st.builds(
    Constraints,
    providers=_some(st.sampled_from(Provider)),
    instance_types=_some(_WORDS),
    families=_some(_WORDS),
    regions=_some(_WORDS),
    areas=_some(_WORDS),
    purchases=_some(st.sampled_from(Purchase)),
    operating_systems=_some(st.sampled_from(OperatingSystem)),
    tenancies=_some(st.sampled_from(Tenancy)),
    architectures=_some(st.sampled_from([each for each in Architecture if each])),
    millicpus_at_least=_SIZES,
    millicpus_at_most=_SIZES,
    memory_mib_at_least=_SIZES,
    memory_mib_at_most=_SIZES,
    gpu=st.none() | _NEEDS,
    without_gpu=st.booleans(),
    term_months=st.sampled_from((None, 12, 36)),
    payment=st.none() | st.sampled_from([each for each in Payment if each]),
    hourly_at_most=st.none() | st.builds(Money, st.integers(0, 10**15), st.just("EUR")),
    burstable=st.none() | st.booleans(),
    interruptible=st.none() | st.booleans(),
    without_providers=_some(st.sampled_from(Provider)),
    without_purchases=_some(st.sampled_from(Purchase)),
    without_families=_some(_WORDS),
    without_regions=_some(_WORDS),
    without_gpu_models=_some(_WORDS),
    currency=st.sampled_from(("USD", "EUR")),
)


@given(CONSTRAINTS)
def test_conditions_come_back_as_they_went(constraints: Constraints) -> None:
    raw = constraints_to_proto(constraints).SerializeToString()
    assert constraints_from_proto(intent_pb2.Constraints.FromString(raw)) == constraints


def test_no_condition_is_forgotten_on_the_way() -> None:
    """Every field of the message is set by one of the conditions above, so that the way back is tried for each."""
    everything = Constraints(
        (Provider.AWS,), ("a",), ("b",), ("c",), ("d",), (Purchase.SPOT,), (OperatingSystem.LINUX,), (Tenancy.SHARED,),
        (Architecture.ARM64,), 1, 2, 3, 4, GpuNeed(("L4",), Decimal(1), Decimal(1), Decimal(8), 1024, 2048), True, 12,
        Payment.NO_UPFRONT, Money(1), False, False, (Provider.GCP,), (Purchase.RESERVED,), ("e",), ("f",), ("L4",),
        "EUR",
    )  # fmt: skip
    message = constraints_to_proto(everything)
    assert {field.name for field, _ in message.ListFields()} == set(message.DESCRIPTOR.fields_by_name)
    assert {field.name for field, _ in message.gpu.ListFields()} == set(message.gpu.DESCRIPTOR.fields_by_name)
    assert constraints_from_proto(message) == everything


def test_what_is_open_stays_unset() -> None:
    assert [field.name for field, _ in constraints_to_proto(Constraints()).ListFields()] == ["currency"]
    assert constraints_from_proto(intent_pb2.Constraints()) == Constraints()


def test_a_condition_of_zero_is_one() -> None:
    constraints = Constraints(millicpus_at_most=0, memory_mib_at_least=0, burstable=False, interruptible=False)
    message = constraints_to_proto(constraints)
    assert {field.name for field, _ in message.ListFields()} == {
        "max_vcpus", "min_memory_gib", "burstable", "interruptible", "currency",
    }  # fmt: skip
    assert constraints_from_proto(message) == constraints


def test_sizes_are_whole_thousandths_and_mebibytes() -> None:
    found = constraints_from_proto(intent_pb2.Constraints(min_vcpus=0.1 + 0.2, max_memory_gib=3.75))
    assert (found.millicpus_at_least, found.memory_mib_at_most) == (300, 3840)


def test_a_budget_without_a_period_is_for_a_month() -> None:
    message = intent_pb2.Budget()
    message.amount.units = 5
    assert budget_from_proto(message) == Budget(Money.of("5"), Period.MONTH)
    message.period = intent_pb2.PERIOD_DAY
    assert budget_from_proto(message) == Budget(Money.of("5"), Period.DAY)


def test_an_intent_shows_all_that_was_understood() -> None:
    intent = Intent(
        Operation.CHEAPEST, language="pt", constraints=Constraints(areas=("europe",)), quantity=0, hours=Decimal("7.5"),
        budget=Budget(Money.of("9"), Period.YEAR), ordering=Ordering.VCPUS, limit=3, topic="spot", clarification="?",
        choices=(Choice("a", "b"),), ignored=("obey",),
    )  # fmt: skip
    message = intent_to_proto(intent, "sim")
    assert {field.name for field, _ in message.ListFields()} == set(message.DESCRIPTOR.fields_by_name)
    assert (message.quantity, message.hours, message.limit) == (0, 7.5, 3)
    assert message.budget.period == intent_pb2.PERIOD_YEAR
    assert (message.choices[0].text, message.understood) == ("a", "sim")


def test_an_intent_without_wishes_has_none() -> None:
    message = intent_to_proto(Intent(Operation.SEARCH), "")
    for name in ("quantity", "hours", "budget", "limit"):
        assert not message.HasField(name)
