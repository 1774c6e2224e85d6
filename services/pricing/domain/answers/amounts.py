"""Amounts and numbers as the reader of a language writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from services.pricing.domain.money import Money

PORTUGUESE: Final = "pt"
_CENT: Final = Decimal("0.01")
_SYMBOLS: Final = {"USD": "US$", "EUR": "€", "BRL": "R$", "GBP": "£"}


def price(money: Money, language: str) -> str:
    """A price of an hour, with all its decimal places and at least two: `US$ 0.0416`."""
    amount = money.amount.normalize()
    return _shown(amount.quantize(_CENT) if _places(amount) < 2 else amount, money.currency, language)


def total(money: Money, language: str) -> str:
    """An amount to pay, to the cent, half to even; with all its places where that would be nothing."""
    return _shown(money.cents, money.currency, language)


def number(value: Decimal | float | int, language: str) -> str:
    """A number with at most two decimal places."""
    rounded = Decimal(str(value)).quantize(_CENT, ROUND_HALF_EVEN).normalize()
    return _marked(f"{rounded:,f}", language)


def _shown(amount: Decimal, currency: str, language: str) -> str:
    return f"{_SYMBOLS.get(currency, currency)} {_marked(f'{amount:,f}', language)}"


def _places(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _marked(text: str, language: str) -> str:
    """With the marks of the language: 1,234.5 is 1.234,5 in Portuguese."""
    return text.translate(str.maketrans(",.", ".,")) if language == PORTUGUESE else text
