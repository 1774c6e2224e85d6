"""Amounts of money between `google.type.Money`, `decimal.Decimal` and text; exact, so never by a float."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Final

from google.type.money_pb2 import Money

NANOS: Final = 1_000_000_000
"""Billionths in one unit of a currency."""
PLACES: Final = 9
"""Decimal places that `google.type.Money` has room for."""
_LARGEST_UNITS: Final = 2**63 - 1
# 19 digits of units, 9 of nanos, and room to round in.
_DIGITS: Final = 40


def to_decimal(money: Money) -> Decimal:
    """The amount in units of its currency, such as 0.1008."""
    return Decimal(nanos_of(money)).scaleb(-PLACES)


def nanos_of(money: Money) -> int:
    """The amount in whole billionths of a unit."""
    return int(money.units) * NANOS + int(money.nanos)


def of(amount: Decimal | int | str, currency: str = "USD") -> Money:
    """The amount as a message; `amount` may be a text such as `0.1008` or `1,234.50`.

    Raises:
        TypeError: `amount` is a float, which cannot say 0.1.
        ValueError: it is no number, too large, or has more than nine decimal places.
    """
    if isinstance(amount, float):
        raise TypeError("give the amount as a Decimal, an int or a text: a float is not exact")
    try:
        number = Decimal(amount.replace(",", "") if isinstance(amount, str) else amount)
        with localcontext(prec=_DIGITS):
            nanos = number.scaleb(PLACES)
            whole = int(nanos)
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{amount!r} is no amount") from None
    if whole != nanos:
        raise ValueError(f"{amount} has more than {PLACES} decimal places")
    return of_nanos(whole, currency)


def of_nanos(nanos: int, currency: str = "USD") -> Money:
    """So many billionths of a unit as a message; units and nanos have one sign.

    Raises:
        ValueError: it is too large.
    """
    units, rest = divmod(abs(nanos), NANOS)
    if units > _LARGEST_UNITS:
        raise ValueError(f"{nanos} billionths are too large an amount")
    sign = -1 if nanos < 0 else 1
    return Money(currency_code=currency, units=sign * units, nanos=sign * rest)


def text(money: Money, places: int | None = None, *, least: int = 2) -> str:
    """The amount for a person, thousands grouped, with its currency: `1,234.50 USD`.

    All decimal places that are not zero are shown, but at least so many as `least` says; with `places` exactly so many,
    rounded half to even.
    """
    return f"{number(to_decimal(money), places, least=least)} {money.currency_code}".rstrip()


def number(amount: Decimal, places: int | None = None, *, least: int = 2) -> str:
    """As `text`, for an amount whose currency is told elsewhere."""
    with localcontext(prec=_DIGITS):
        shown = max(least, decimals(amount)) if places is None else places
        # Adding 0 makes one zero of two: nothing that was rounded away is shown as negative.
        return f"{amount.quantize(Decimal(1).scaleb(-shown), ROUND_HALF_EVEN) + 0:,.{shown}f}"


def decimals(amount: Decimal) -> int:
    """How many decimal places the amount needs."""
    with localcontext(prec=_DIGITS):
        exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
