"""Amounts, times and the contract's values as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from malha import money
from malha.cli.names import words
from malha.pricing.v1 import ingest_service_pb2, offer_pb2, recommendation_pb2

if TYPE_CHECKING:
    from google.protobuf.timestamp_pb2 import Timestamp
    from google.type.money_pb2 import Money

    from malha.pricing.v1 import figure_pb2

PROVIDERS: Final = words(offer_pb2.Provider.DESCRIPTOR, "PROVIDER_")
PURCHASES: Final = words(offer_pb2.PurchaseOption.DESCRIPTOR, "PURCHASE_OPTION_")
PAYMENTS: Final = words(offer_pb2.PaymentOption.DESCRIPTOR, "PAYMENT_OPTION_")
SYSTEMS: Final = words(offer_pb2.OperatingSystem.DESCRIPTOR, "OPERATING_SYSTEM_")
TENANCIES: Final = words(offer_pb2.Tenancy.DESCRIPTOR, "TENANCY_")
ARCHITECTURES: Final = {offer_pb2.ARCHITECTURE_X86_64: "x86-64", offer_pb2.ARCHITECTURE_ARM64: "arm64"}
CPU_UNITS: Final = words(offer_pb2.CpuUnit.DESCRIPTOR, "CPU_UNIT_")
ROLES: Final = words(recommendation_pb2.PortfolioRole.DESCRIPTOR, "PORTFOLIO_ROLE_")
REASONS: Final = words(recommendation_pb2.RejectionReason.DESCRIPTOR, "REJECTION_REASON_")
PHASES: Final = words(ingest_service_pb2.RefreshPhase.DESCRIPTOR, "REFRESH_PHASE_")
STATES: Final = words(ingest_service_pb2.QuarantineState.DESCRIPTOR, "QUARANTINE_STATE_")

_FEWEST_PLACES: Final = 4
_MOST_PLACES: Final = 6


def hourly(amounts: Sequence[Money | None]) -> list[str]:
    """Prices of an hour for one column: with one number of decimal places, and without one where there is none.

    More than six places are rounded (half to even), unless that would leave nothing of a price.
    """
    known = [money.to_decimal(each) for each in amounts if each is not None]
    least = [each for each in (abs(amount) for amount in known) if each]
    most = money.PLACES if least and min(least) < Decimal("0.00001") else _MOST_PLACES
    places = min(most, max([_FEWEST_PLACES, *(money.decimals(each) for each in known)]))
    return ["" if each is None else money.number(money.to_decimal(each), places) for each in amounts]


def amount(figure: figure_pb2.Figure | None, places: int = 2) -> str:
    """A figure to the cent, without its currency; empty for none."""
    return "" if figure is None else money.number(money.to_decimal(figure.amount), places)


def present(message: object, field: str) -> figure_pb2.Figure | None:
    """A figure of a message, or None where it has none."""
    found: figure_pb2.Figure | None = getattr(message, field) if message.HasField(field) else None  # type: ignore[attr-defined]
    return found


def currency(amounts: Sequence[Money | None]) -> str:
    """The currency of a column; those of one answer are the same."""
    return next((each.currency_code for each in amounts if each is not None and each.currency_code), "USD")


def plain(number: float) -> str:
    """A number without needless decimals, thousands grouped: `0.25`, `8`, `1,952`."""
    return f"{round(number):,}" if float(number).is_integer() else f"{number:,.6g}"


def percent(number: float) -> str:
    """Per cent with one decimal."""
    return f"{number:,.1f} %"


def share(number: float) -> str:
    """A part of the whole in per cent."""
    return f"{number * 100:,.4g} %"


def day(moment: Timestamp) -> str:
    """The day in UTC."""
    return moment.ToDatetime().strftime("%Y-%m-%d")


def minute(moment: Timestamp) -> str:
    """The minute in UTC."""
    return moment.ToDatetime().strftime("%Y-%m-%d %H:%MZ")


def term(months: int) -> str:
    """A commitment's length, `1y` or `18mo`; empty without one."""
    return "" if not months else f"{months // 12}y" if months % 12 == 0 else f"{months}mo"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
