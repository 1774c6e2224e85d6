"""Rules for what may be, and need not: `spot is fine`, `tanto faz ser Arm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.grammar.cursor import sign, skip, skip_back
from services.pricing.domain.questions.lexicon import PERMISSION, Sign

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_JOINTS: Final = frozenset((Sign.OR, Sign.AND, Sign.COMMA))


def permitted(marks: list[Mark], at: int, reading: Reading) -> int:
    """`spot is fine`, `I don't mind Arm`, `tanto faz ser spot ou não`: what may be need not be, so it says nothing. Of
    several it does: `pode ser spot ou sob demanda`."""
    kind = sign(marks, at)
    if kind in (sign(marks, skip(marks, at + 1, _JOINTS)), sign(marks, skip_back(marks, at - 1, _JOINTS))):
        return at
    end = skip(marks, at + 1, (Sign.MACHINE,))
    if sign(marks, end) in (Sign.OR, Sign.AND) and sign(marks, end + 1) is Sign.NOT:
        end += 2
    if _permits(marks, skip_back(marks, at - 1, (Sign.THE, Sign.ONE, Sign.IN, Sign.OF, Sign.WITH))):
        return end
    return end + 1 if _permits(marks, end) else at


def _permits(marks: list[Mark], at: int) -> bool:
    return sign(marks, at) is Sign.FINE and marks[at].value == PERMISSION
