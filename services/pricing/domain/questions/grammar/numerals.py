"""Numbers in digits and words become one mark each: `2.500,00`, `twenty five`, `meia duzia`, `10k`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.grammar.cursor import sign, skip
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.marks import number_of

if TYPE_CHECKING:
    from services.pricing.domain.questions.marks import Mark

_MULTIPLIERS: Final = (Decimal(100), Decimal(1000))
_DIGITS_AT_MOST: Final = 18
"""A longer row of digits is no number that anybody means."""


def numerals(marks: list[Mark], decimal_comma: bool) -> list[Mark]:
    """The marks with their numbers put together."""
    joined: list[Mark] = []
    at = 0
    while at < len(marks):
        end, value = _numeral(marks, at, decimal_comma)
        if value is None:
            joined.append(marks[at])
        else:
            joined.append(replace(marks[at], sign=Sign.NUMBER, value=value, end=marks[end - 1].end))
        at = end
    return joined


def _numeral(marks: list[Mark], at: int, decimal_comma: bool) -> tuple[int, Decimal | None]:
    """Where the numeral that begins here ends, and its value; one mark and None where there is none."""
    first = marks[at]
    if first.sign is Sign.HALF:
        dozen = skip(marks, at + 1, (Sign.ONE,))
        if sign(marks, dozen) is Sign.MEMORY_UNIT:
            return dozen, Decimal("0.5")
        value = _value(marks, dozen, Sign.DOZEN)
        return (_behind_dozen(marks, dozen), value / 2) if value is not None else (at + 1, None)
    if first.sign is Sign.DOZEN:
        value = _value(marks, at, Sign.DOZEN)
        before = sign(marks, at - 1)
        named = value is not None and (before in (Sign.ONE, Sign.FOR, Sign.OF) or sign(marks, at + 1) is Sign.OF)
        return (_behind_dozen(marks, at), value) if named else (at + 1, None)
    if first.sign is not Sign.NUMBER:
        return at + 1, None
    if isinstance(first.value, str):
        return _digits(marks, at, first.value, decimal_comma)
    return _words(marks, at)


def _digits(marks: list[Mark], at: int, written: str, decimal_comma: bool) -> tuple[int, Decimal | None]:
    if len(written) > _DIGITS_AT_MOST or not written.isascii():
        return at + 1, None
    value = number_of(written, decimal_comma)
    follows = at + 1
    if sign(marks, follows) is Sign.DOZEN:
        dozen = _value(marks, follows, Sign.DOZEN)
        return _behind_dozen(marks, follows), value * (dozen or 1)
    if follows < len(marks) and marks[follows].word in ("k", "mil", "thousand"):
        return follows + 1, value * 1000
    return follows, value


def _words(marks: list[Mark], at: int) -> tuple[int, Decimal | None]:
    total = Decimal(0)
    group = _value(marks, at, Sign.NUMBER) or Decimal(0)
    end = at + 1
    while end < len(marks):
        follows = end + (sign(marks, end) is Sign.AND)
        value = _value(marks, follows, Sign.NUMBER)
        if value is None:
            break
        if value in _MULTIPLIERS and follows == end:
            group = max(group, Decimal(1)) * value
            if value == _MULTIPLIERS[-1]:
                total, group = total + group, Decimal(0)
        elif group >= 20 and group % 10 == 0 and value < (100 if group >= 100 else 10) and value > 0:
            group += value
        else:
            break
        end = follows + 1
    if sign(marks, end) is Sign.DOZEN:
        return _behind_dozen(marks, end), (total + group) * (_value(marks, end, Sign.DOZEN) or 1)
    return end, total + group


def _value(marks: list[Mark], at: int, expected: Sign) -> Decimal | None:
    if sign(marks, at) is not expected:
        return None
    value = marks[at].value
    return value if isinstance(value, Decimal) else None


def _behind_dozen(marks: list[Mark], at: int) -> int:
    return skip(marks, at + 1, (Sign.OF,))
