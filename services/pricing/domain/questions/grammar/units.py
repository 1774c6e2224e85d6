"""What amounts have in common: the upper end of a range, and whose memory is meant."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.grammar.cursor import number, sign, skip
from services.pricing.domain.questions.lexicon import Sign

if TYPE_CHECKING:
    from services.pricing.domain.questions.marks import Mark

_RANGE: Final = frozenset((Sign.TO, Sign.DASH, Sign.ONE, Sign.AT_MOST, Sign.THE, Sign.AND))
UNITS: Final = frozenset((Sign.VCPU, Sign.MEMORY_UNIT))
ACCELERATOR: Final = frozenset((Sign.GPU, Sign.GPU_MODEL))


def upper_end(marks: list[Mark], at: int) -> tuple[Decimal, int] | None:
    """The upper end and its unit's place of `16 to 32 GB`, from behind the first number on."""
    at += sign(marks, at) in UNITS
    if sign(marks, at) not in _RANGE:
        return None
    high = number(marks, at + 1)
    # In `8 vCPUs and 32 GB` the two numbers are of different things.
    if high is None or (sign(marks, at - 1) in UNITS and sign(marks, at - 1) is not sign(marks, at + 2)):
        return None
    return high, at + 2


def whose(marks: list[Mark], at: int) -> tuple[set[Sign], int]:
    """What is said of an amount of memory behind it: whose it is, of each or in all; and the place behind that."""
    kinds: set[Sign] = set()
    while True:
        start = skip(marks, at, (Sign.OF, Sign.PER, Sign.POR, Sign.IN))
        found = sign(marks, start)
        joined = start > at or found not in ACCELERATOR
        if not joined or found not in (Sign.MEMORY, Sign.VRAM, Sign.EACH, Sign.TOTAL, Sign.GPU):
            return kinds, at
        if found is Sign.GPU and sign(marks, start - 1) in (Sign.PER, Sign.POR):
            kinds.add(Sign.EACH)
        kinds.add(found)
        at = start + 1
        if kinds >= {Sign.TOTAL} and sign(marks, at) is Sign.GPU:
            kinds.add(Sign.GPU)
            at += 1
