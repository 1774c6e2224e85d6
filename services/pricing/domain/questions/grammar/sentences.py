"""Which sentences of a text ask, and which are told beside: `We ran m7i last year. What does c7i.large cost?`"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.lexicon import Sign

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.pricing.domain.questions.marks import Mark

ASKING: Final = frozenset(
    (
        Sign.PRICE, Sign.CHEAPEST, Sign.CHEAPER, Sign.COMPARE, Sign.VERSUS, Sign.DIFFERENCE, Sign.ALTERNATIVE,
        Sign.INSTEAD, Sign.ESTIMATE, Sign.RECOMMEND, Sign.BEST, Sign.NEED, Sign.SHOULD, Sign.BREAK_EVEN, Sign.HISTORY,
        Sign.CHANGE, Sign.PAST, Sign.DEAREST, Sign.LIST, Sign.EXPLAIN, Sign.DEFINE, Sign.WHICH_PROVIDER,
    )
)  # fmt: skip
"""Signs of what is to be done. Beside a sentence that asks, those of the others count for nothing."""
_FAINT: Final = frozenset((Sign.LIST, Sign.NEED, Sign.PAST, Sign.BEST, Sign.SHOULD))
"""Those that many a sentence has: `could you see to that?`. They count beside what it may be about."""
FIRM: Final = ASKING - _FAINT
"""Those that leave no doubt."""
_MATTER: Final = frozenset(
    (Sign.MACHINE, Sign.TYPE, Sign.FAMILY, Sign.GPU, Sign.GPU_MODEL, Sign.VCPU, Sign.MEMORY_UNIT)
)
_ENDS: Final = frozenset(".?!")
_SAYS_NOTHING: Final = frozenset(
    (
        Sign.UNKNOWN, Sign.FILLER, Sign.COMMA, Sign.STOP, Sign.OF, Sign.IN, Sign.THE, Sign.FOR, Sign.AND, Sign.WITH,
        Sign.TO, Sign.ONE, Sign.DASH, Sign.POR, Sign.OR,
    )
)  # fmt: skip


@dataclass(slots=True)
class Sentence:
    """What one sentence says."""

    asked: bool
    """It ends with a question mark."""
    matter: bool
    """It names something that may be asked about."""
    cues: set[Sign] = field(default_factory=set)

    @classmethod
    def of(cls, marks: list[Mark]) -> Sentence:
        """The sentence of these marks, before it is read."""
        return cls(marks[-1].word == "?", any(mark.sign in _MATTER for mark in marks))

    @property
    def firm(self) -> bool:
        """Whether it is a question that says what is to be done."""
        return self.asked and not self.cues.isdisjoint(FIRM)

    @property
    def asks(self) -> bool:
        """Whether it is a question that may be the one: a firm one, or one that names something to be asked about."""
        return self.firm or (self.asked and self.matter and not self.cues.isdisjoint(_FAINT))


def sentences(marks: list[Mark]) -> list[list[Mark]]:
    """The marks of each sentence, with what ends it."""
    found: list[list[Mark]] = [[]]
    for mark in marks:
        found[-1].append(mark)
        if mark.sign is Sign.STOP and mark.word in _ENDS:
            found.append([])
    return [each for each in found if each]


def asides(found: list[list[Mark]]) -> frozenset[int]:
    """The starts of the marks of sentences that say nothing to the grammar, where another says something: `I need a VM.
    Cheers, Tom (Accounts)`."""
    silent = [each for each in found if all(mark.sign in _SAYS_NOTHING for mark in each)]
    return frozenset() if len(silent) == len(found) else frozenset(mark.start for each in silent for mark in each)


def together(said: Iterable[Sentence]) -> set[Sign]:
    """The signs of a text: those of what is to be done come from the sentences that ask, where any do."""
    said = list(said)
    dropped = ASKING if any(each.firm for each in said) else FIRM
    asking = any(each.asks for each in said)
    return {sign for each in said for sign in each.cues if not asking or each.asks or sign not in dropped}
