"""Amounts of money, exact: whole billionths of a unit of the currency, as in `google.type.Money`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

NANOS: Final = 1_000_000_000
"""Billionths in one unit of a currency."""
HOURS_A_YEAR: Final = 8_760
"""365 days. Commitments are amortised over this many hours for each year of their term."""
HOURS_A_MONTH: Final = 730
"""One twelfth of a year, the month of the providers' own calculators."""
USD: Final = "USD"
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency (ISO 4217). Amounts of different currencies are never added or compared."""

    nanos: int
    currency: str = USD

    @classmethod
    def of(cls, amount: Decimal | str, currency: str = USD) -> Money:
        """The amount, rounded half to even where it has more than nine decimal places."""
        return cls(to_nanos(Decimal(amount)), currency)

    @property
    def amount(self) -> Decimal:
        """In units of the currency."""
        return Decimal(self.nanos) / NANOS

    @property
    def cents(self) -> Decimal:
        """To the cent, half to even; with all its places where that would be nothing."""
        rounded = self.amount.quantize(_CENT, ROUND_HALF_EVEN)
        return rounded if rounded or not self.nanos else self.amount.normalize()

    @property
    def shown(self) -> str:
        """For a sentence, to the cent."""
        return f"{self.cents:f} {self.currency}"

    def times(self, factor: Decimal | int) -> Money:
        """This many times the amount, rounded half to even."""
        return Money(whole(self.nanos * Decimal(factor)), self.currency)

    def __add__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.nanos + other.nanos, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.nanos - other.nanos, self.currency)

    def _check(self, other: Money) -> None:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency}"


def to_nanos(amount: Decimal) -> int:
    """Billionths, rounded half to even."""
    return whole(amount * NANOS)


def whole(number: Decimal) -> int:
    """The nearest whole number, half to even."""
    return int(number.to_integral_value(ROUND_HALF_EVEN))
