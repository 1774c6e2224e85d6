"""Looking at marks from a place on, without ever running over their end."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.lexicon import Sign

if TYPE_CHECKING:
    from collections.abc import Container

    from services.pricing.domain.questions.marks import Mark

BOUNDS: Final = frozenset((Sign.AT_LEAST, Sign.MORE_THAN, Sign.AT_MOST, Sign.LESS_THAN, Sign.EXACTLY))
OPENING: Final = frozenset((Sign.STOP, Sign.COMMA, Sign.CHEAPER, Sign.PRICE))
"""What stands before the first of two things that are set against each other: `AWS or Azure, which is cheaper?`"""
LARGEST: Final = Decimal(1_000_000_000)
"""Amounts above it are no amounts of anything that can be bought; they are not read."""


def sign(marks: list[Mark], at: int) -> Sign:
    """The sign there; behind the last mark and before the first, what ends a clause."""
    return marks[at].sign if 0 <= at < len(marks) else Sign.STOP


def skip(marks: list[Mark], at: int, signs: Container[Sign]) -> int:
    """The first place from `at` on whose sign is not one of these."""
    while at < len(marks) and marks[at].sign in signs:
        at += 1
    return at


def skip_back(marks: list[Mark], at: int, signs: Container[Sign]) -> int:
    """The last place up to `at` whose sign is not one of these; -1 where there is none."""
    while at >= 0 and marks[at].sign in signs:
        at -= 1
    return at


def number(marks: list[Mark], at: int) -> Decimal | None:
    """The number there, if there is one that amounts to something."""
    if sign(marks, at) is not Sign.NUMBER:
        return None
    value = marks[at].value
    return value if isinstance(value, Decimal) and value <= LARGEST else None


def bound(marks: list[Mark], at: int) -> tuple[Sign | None, int]:
    """A word that limits the number behind it, and where that begins."""
    found = sign(marks, at)
    if found in BOUNDS:
        return found, skip(marks, at + 1, (Sign.OF, Sign.ONE, Sign.THE))
    return None, at


def _may_follow(mark: Mark) -> bool:
    """Whether the word limits what stands before it: `or more` does, `within` never."""
    return mark.word.startswith(_SUFFIXES)


_SUFFIXES: Final = (
    "or ", "ou ", "and up", "min", "max", "at least", "at most", "pelo menos", "ao menos", "no m", "mínimo", "máximo",
    "para cima", "pra cima",
)  # fmt: skip


def bound_behind(marks: list[Mark], at: int) -> tuple[Sign | None, int]:
    """A word that limits the number before it, as in `8 or more` and `8+`: none where a number of its own follows."""
    found = sign(marks, at)
    if found is Sign.PLUS:
        return Sign.AT_LEAST, at + 1
    follows = skip(marks, at + 1, (Sign.OF, Sign.CURRENCY, Sign.ONE))
    if found in (Sign.AT_LEAST, Sign.AT_MOST) and sign(marks, follows) is not Sign.NUMBER and _may_follow(marks[at]):
        return found, at + 1
    return None, at
