"""What people write about prices on the command line, and what it means to the mesh."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from malha.cli.price import values
from malha.cli.price.answering import is_offer, offer_name
from malha.cli.price.needs import ARCHITECTURES, PAYMENTS, PROVIDERS, PURCHASES, SYSTEMS, Need, constraints, expression
from malha.cli.price.values import Limits
from malha.pricing.v1 import offer_pb2

from services.pricing.domain.index import FIELDS
from services.runtime.listing import parse_filter

EVERYTHING = Need(
    providers=("aws", "gcp"), regions=("us-east-1",), areas=("Europe",), types=("m7*",), families=("m7i",),
    gpus=("h100",), gpu_count=Limits(Decimal(8), Decimal(8)), gpu_memory=Limits(Decimal(80), None),
    vcpus=Limits(Decimal(4), Decimal(8)), memory=Limits(None, Decimal("0.5")), purchases=("on-demand", "spot"),
    systems=("ubuntu-pro",), architectures=("x86-64",), term=12, payment="no-upfront", max_price=Decimal("0.35"),
    burstable=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("8", 8, None), ("=8", 8, 8), (">=8", 8, None), ("<=8", None, 8), ("4-8", 4, 8), ("4..8", 4, 8),
        ("..8", None, 8),
        ("8..", 8, None), ("1,024", 1024, None), (" 4 - 8 ", 4, 8),
    ],
)  # fmt: skip
def test_limits_say_at_least_exactly_or_from_to(text: str, least: int | None, most: int | None) -> None:
    assert values.limits(text) == Limits(*(None if end is None else Decimal(end) for end in (least, most)))


@pytest.mark.parametrize("text", ["", "many", "-8", "8-4", "=4-8", "..", "4--8"])
def test_limits_that_cannot_be_meant_say_how_they_are_written(text: str) -> None:
    with pytest.raises(click.BadParameter, match="8 is at least 8"):
        values.limits(text)


def test_spans_amounts_shares_and_terms_have_units() -> None:
    assert values.span("250ms") == timedelta(milliseconds=250)
    assert values.span("1.5h") == timedelta(minutes=90)
    assert values.amount("$1,200.50") == Decimal("1200.50")
    assert (values.share("30%"), values.share("0.3")) == (0.3, 0.3)
    assert (values.term("1y"), values.term("36"), values.longest_term("0")) == (12, 36, 0)
    for read, text in (
        (values.span, "90"), (values.amount, "1e3"), (values.amount, "0.0000000001"), (values.share, "30"),
        (values.share, "nan"), (values.term, "2y"), (values.term, "0"), (values.longest_term, "5"),
    ):  # fmt: skip
        with pytest.raises(click.BadParameter, match="write"):
            read(text)


@given(st.lists(st.integers(0, 10**6)))
def test_numbers_may_stand_in_lines_or_behind_commas(given: list[int]) -> None:
    assert values.numbers("\n".join(map(str, given)), "it") == given
    assert values.numbers(", ".join(map(str, given)), "it") == given


def test_every_word_of_an_option_is_one_of_the_contract() -> None:
    for words, enum, prefix in (
        (PROVIDERS, offer_pb2.Provider, "PROVIDER_"), (PURCHASES, offer_pb2.PurchaseOption, "PURCHASE_OPTION_"),
        (SYSTEMS, offer_pb2.OperatingSystem, "OPERATING_SYSTEM_"),
        (PAYMENTS, offer_pb2.PaymentOption, "PAYMENT_OPTION_"),
        (ARCHITECTURES, offer_pb2.Architecture, "ARCHITECTURE_"),
    ):  # fmt: skip
        named = {f"{prefix}{word.upper().replace('-', '_')}" for word in words}
        assert named == set(enum.keys()) - {f"{prefix}UNSPECIFIED"}


def test_a_need_is_a_filter_that_the_service_understands() -> None:
    written = expression(EVERYTHING, ["H100"])
    assert parse_filter(written, FIELDS)
    for part in (
        "(provider = AWS OR provider = GCP)", 'region = "us-east-1"', 'area:"europe"', 'gpu_model = "H100"',
        "gpu_count = 8", "vcpus >= 4 AND vcpus <= 8", "memory_gib <= 0.5", "hourly_price <= 0.35", "burstable = false",
        "operating_system = UBUNTU_PRO", "term_months = 12", "payment_option = NO_UPFRONT",
    ):  # fmt: skip
        assert part in written
    assert expression(Need(), []) == ""
    assert expression(Need(no_gpu=True), []) == "gpu_count = 0"


def test_a_need_is_constraints_that_say_the_same() -> None:
    made = constraints(EVERYTHING, ["H100"])
    assert (made.min_vcpus, made.max_vcpus, made.max_memory_gib) == (4, 8, 0.5)
    assert not made.HasField("min_memory_gib")
    assert (list(made.gpu.models), made.gpu.count, made.gpu.min_memory_gib) == (["H100"], 8, 80)
    assert (made.term_months, made.max_hourly_price.nanos, made.burstable) == (12, 350_000_000, False)
    assert list(made.areas) == ["europe"]
    assert list(constraints(EVERYTHING, [], "c7i.large").instance_types) == ["c7i.large"]
    assert not constraints(Need(), []).ByteSize()


@pytest.mark.parametrize(
    ("text", "said"), [("4-8", {"min_count": 4, "max_count": 8}), ("..8", {"max_count": 8}), ("8", {"min_count": 8})]
)
def test_gpus_are_counted_from_and_to(text: str, said: dict[str, int]) -> None:
    made = constraints(Need(gpu_count=values.limits(text)), [])
    assert {field.name: value for field, value in made.gpu.ListFields()} == said


def test_an_offer_is_told_from_a_type_by_its_id() -> None:
    assert is_offer("aws~us-east-1~m7i.large~spot") and is_offer("offers/x") and not is_offer("m7i.large")
    assert offer_name("aws~x") == offer_name("offers/aws~x") == "offers/aws~x"
