"""How a product is bought: on demand, or reserved for a term with some of it paid upfront."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from services.pricing.adapters.providers.parsing.verdicts import NoOffer, number, positive
from services.pricing.domain.money import HOURS_A_YEAR, USD, Money
from services.pricing.domain.offers import Payment
from services.pricing.domain.readings import RejectReason

_YEARS = {"1yr": 1, "3yr": 3}
_PAYMENTS = {
    "No Upfront": Payment.NO_UPFRONT,
    "Partial Upfront": Payment.PARTIAL_UPFRONT,
    "All Upfront": Payment.ALL_UPFRONT,
}
_CLASSES = frozenset({"standard", "convertible"})
_HOURS = frozenset({"Hrs", "hrs", "Hours"})
HOURLY, UPFRONT = "Hrs", "Quantity"


@dataclass(frozen=True, slots=True)
class Price:
    """What an hour comes to, and what of it is paid at the beginning of the term."""

    hourly: Money
    upfront: Money | None
    note: str


def payment_of(text: str) -> Payment:
    """Raises NoOffer."""
    if text not in _PAYMENTS:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"purchase option {text!r}")
    return _PAYMENTS[text]


def check_currency(text: str) -> None:
    """Raises NoOffer unless the price is in dollars."""
    if text != USD:
        raise NoOffer(RejectReason.PRICE_INVALID, f"currency {text!r}")


def on_demand(column: Callable[[str], str]) -> Price:
    """The price of an OnDemand row. Raises NoOffer."""
    if column("Unit") not in _HOURS:
        raise NoOffer(RejectReason.UNKNOWN_UNIT, f"unit {column('Unit')!r}")
    if column("StartingRange") not in ("0", ""):
        raise NoOffer(RejectReason.AMBIGUOUS, f"price from {column('StartingRange')} hours on")
    check_currency(column("Currency"))
    amount = number(column("PricePerUnit"), "price")
    return Price(Money.of(positive(amount, "price")), None, "")


@dataclass(frozen=True, slots=True)
class Term:
    """One way to reserve a product."""

    years: int
    payment: Payment
    plan: str

    @classmethod
    def of(cls, column: Callable[[str], str]) -> Term:
        """The term of a Reserved row. Raises NoOffer."""
        length, plan = column("LeaseContractLength").replace(" ", ""), column("OfferingClass")
        if length not in _YEARS:
            raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"lease of {length!r}")
        if plan not in _CLASSES:
            raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"offering class {plan!r}")
        return cls(_YEARS[length], payment_of(column("PurchaseOption")), plan)

    def price(self, hourly: Decimal, upfront: Decimal | None) -> Price:
        """What is paid upfront is spread over all hours of the term. Raises NoOffer."""
        hours = HOURS_A_YEAR * self.years
        amount = hourly + (upfront or 0) / Decimal(hours)
        note = f"{hourly.normalize():f} an hour and {upfront:f} upfront over {hours} hours" if upfront else ""
        return Price(
            Money.of(positive(amount, "price")), Money.of(upfront) if upfront is not None else Money(0), note
        )  # fmt: skip


class Halves:
    """Reserved rows come in two halves, what is paid an hour and what is paid upfront: one is kept until both came."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], tuple[str, Decimal]] = {}

    def add(self, sku: str, code: str, unit: str, amount: Decimal, payment: Payment) -> tuple[Decimal, Decimal] | None:
        """Hourly and upfront, when they are together. Raises NoOffer."""
        unit = HOURLY if unit in _HOURS else unit
        if unit not in (HOURLY, UPFRONT):
            raise NoOffer(RejectReason.UNKNOWN_UNIT, f"unit {unit!r}")
        if payment is Payment.NO_UPFRONT:
            if unit == UPFRONT:
                raise NoOffer(RejectReason.AMBIGUOUS, "an upfront fee for no upfront")
            return amount, Decimal(0)
        other = self._waiting.pop((sku, code), None)
        if other is None:
            self._waiting[sku, code] = unit, amount
            return None
        if other[0] == unit:
            raise NoOffer(RejectReason.AMBIGUOUS, f"two prices with unit {unit}")
        return (amount, other[1]) if unit == HOURLY else (other[1], amount)

    def left(self) -> list[str]:
        """What tells the rows that stayed alone."""
        return [f"{sku} {code} {unit}" for (sku, code), (unit, _) in self._waiting.items()]


def savings_term(length: str, unit: str) -> int:
    """The months of a savings plan's lease. Raises NoOffer."""
    if unit not in ("year", "years") or length not in ("1", "3"):
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"lease of {length!r} {unit!r}")
    return int(length) * 12
