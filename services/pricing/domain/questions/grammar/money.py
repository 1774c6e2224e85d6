"""Rules for money: `under $0.50/hour`, `R$ 500 por mes`, `budget of 20k for 3 months`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.money import Money
from services.pricing.domain.questions.grammar.amounts import rate, span
from services.pricing.domain.questions.grammar.cursor import bound, bound_behind, number, sign, skip
from services.pricing.domain.questions.lexicon import Sign, Span

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_JOINTS: Final = (Sign.OF, Sign.STOP, Sign.BETWEEN, Sign.IN)
_OVER: Final = (Sign.FOR, Sign.POR, Sign.IN, Sign.MORE_THAN)
"""`for`, `por`, `in` or `over` a time; the last is also `more than`."""


def _amount(marks: list[Mark], at: int) -> tuple[Decimal, str, int] | None:
    """An amount of money, its currency, and the place behind it."""
    currency = marks[at].value if sign(marks, at) is Sign.CURRENCY else None
    start = at + (currency is not None)
    value = number(marks, start)
    if value is None:
        # `under a dollar`
        one = currency is not None and marks[at].word.isalpha() and sign(marks, at - 1) is Sign.ONE
        return (Decimal(1), str(currency), start) if one else None
    follows = sign(marks, start + 1)
    if follows is Sign.CENTS:
        return value / 100, str(marks[start + 1].value), start + 2
    if follows is Sign.CURRENCY and not _begins_amount(marks, start + 1):
        named = str(marks[start + 1].value)
        return value, named if currency in (None, "USD") else str(currency), start + 2
    return (value, str(currency), start + 1) if currency is not None else None


def _begins_amount(marks: list[Mark], at: int) -> bool:
    return marks[at].word in ("$", "r$", "us$", "€", "£", "¥") and number(marks, at + 1) is not None


def money(marks: list[Mark], at: int, reading: Reading) -> int:
    """`[budget] [rate] [bound] amount [to amount] [budget] [rate]`: the most that is paid."""
    start = at
    period: Span | None = None
    if sign(marks, start) is Sign.RATE and sign(marks, start + 1) is Sign.BUDGET:
        period, start = rate(marks, start)
    budget = sign(marks, start) is Sign.BUDGET
    start = skip(marks, start, (Sign.BUDGET,))
    if budget and period is None:
        period, start = rate(marks, start)
    # `é` is folded to `e`, which is `and`.
    start = skip(marks, start, (*_JOINTS, Sign.AND) if budget else _JOINTS)
    limited, start = bound(marks, start)
    found = _upper(marks, start) or (_bare(marks, start, reading) if budget else None)
    if found is None:
        return at
    amount, currency, end, ranged = found
    end = skip(marks, end, (Sign.BUDGET, Sign.OF))
    behind, end = bound_behind(marks, end)
    named, end = rate(marks, end)
    if behind is None:
        behind, end = bound_behind(marks, end)
    limited = limited or behind
    if limited in (Sign.AT_LEAST, Sign.MORE_THAN) and not ranged:
        return end
    spread = None if named or period or not budget else _spread(marks, end)
    if spread is not None:
        times, named, end = spread
        amount = round(amount / times, 2)
    reading.budget, reading.budget_period = Money.of(amount, currency), named or period or reading.budget_period
    reading.budget_end = marks[end - 1].end
    if currency != "USD" or not reading.currency:
        reading.currency = currency
    return end


def _upper(marks: list[Mark], at: int) -> tuple[Decimal, str, int, bool] | None:
    """The amount here, or the upper end of a range of two, which may share their currency."""
    first = _amount(marks, at)
    plain = None if first else number(marks, at)
    if first is None and plain is None:
        return None
    end = first[2] if first else at + 1
    named, follows = rate(marks, end)
    if sign(marks, follows) in (Sign.AND, Sign.TO, Sign.DASH, Sign.ONE, Sign.AT_MOST):
        second = _amount(marks, follows + 1)
        if second is not None:
            return second[0], second[1], second[2], True
        if first is not None and sign(marks, follows) in (Sign.TO, Sign.DASH) and named is None:
            other = number(marks, follows + 1)
            if other is not None:
                return other, first[1], follows + 2, True
    return (*first, False) if first else None


def _spread(marks: list[Mark], at: int) -> tuple[Decimal, Span, int] | None:
    """`for 3 months` behind a budget: over how many of which periods it is spread, and the place behind."""
    if sign(marks, at) not in _OVER or sign(marks, at + 2) is not Sign.TIME:
        return None
    times, each = number(marks, at + 1), span(marks[at + 2])
    return (times, each, at + 3) if times and each is not None else None


def _bare(marks: list[Mark], at: int, reading: Reading) -> tuple[Decimal, str, int, bool] | None:
    """Behind the word `budget` a number for a time is money, also without a currency: `budget 12k a year`."""
    value = number(marks, at)
    if value is None or (rate(marks, at + 1)[0] is None and _spread(marks, at + 1) is None):
        return None
    return value, reading.currency or "USD", at + 1, False


_OTHER_SENSE: Final = frozenset(("real", "libra", "pound", "conto", "contos", "quid"))
"""Currencies whose names are words with another sense: they count behind `in` and with a number only."""


def currency(marks: list[Mark], at: int, reading: Reading) -> int:
    """`in euros`, or a currency's code."""
    if sign(marks, at - 1) in (Sign.IN, Sign.TOTAL) or (
        marks[at].word.isalpha() and marks[at].word not in _OTHER_SENSE
    ):
        reading.currency = str(marks[at].value)
        return at + 1
    return at
