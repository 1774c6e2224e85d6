"""Amounts of money stay exact on their way between message, decimal and text."""

from __future__ import annotations

from decimal import Decimal

import pytest
from google.type.money_pb2 import Money
from hypothesis import given
from hypothesis import strategies as st
from malha import money

NANOS = st.integers(-(10**24), 10**24)


@given(NANOS)
def test_what_becomes_a_message_comes_back(nanos: int) -> None:
    made = money.of_nanos(nanos, "EUR")
    assert money.nanos_of(made) == nanos
    assert money.of(money.to_decimal(made), "EUR") == made
    assert (made.units >= 0) == (made.nanos >= 0) or 0 in (made.units, made.nanos)


@given(NANOS)
def test_text_in_full_reads_as_the_same_amount(nanos: int) -> None:
    assert money.of(money.text(money.of_nanos(nanos)).removesuffix(" USD")) == money.of_nanos(nanos)


@pytest.mark.parametrize(
    ("amount", "places", "shown"),
    [
        ("1234567.5", None, "1,234,567.50 USD"),
        ("0.1008", None, "0.1008 USD"),
        ("0.000000001", None, "0.000000001 USD"),
        ("3", None, "3.00 USD"),
        ("0.125", 2, "0.12 USD"),
        ("0.135", 2, "0.14 USD"),
        ("-0.004", 2, "0.00 USD"),
        ("-1200", 0, "-1,200 USD"),
    ],
)
def test_amounts_are_grouped_and_rounded_only_where_asked(amount: str, places: int | None, shown: str) -> None:
    assert money.text(money.of(amount), places) == shown


@pytest.mark.parametrize("amount", ["0.0000000001", "", "a lot", "1e400", "NaN", "Infinity", str(2**63)])
def test_what_a_message_cannot_say_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"amount|decimal places"):
        money.of(amount)


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="not exact"):
        money.of(0.1)  # type: ignore[arg-type]


def test_an_amount_without_currency_is_only_a_number() -> None:
    assert money.text(Money(units=2)) == "2.00"
    assert money.to_decimal(Money(units=-1, nanos=-500_000_000)) == Decimal("-1.5")
