"""Rules for what is left out: `not spot`, `except AWS or Azure`, `sem GPU`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import COMMITTED, Architecture, OperatingSystem, Provider, Purchase
from services.pricing.domain.questions.grammar.cursor import sign, skip
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.vocabulary import RegionName

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_EXCLUDED: Final = frozenset(
    (
        Sign.PROVIDER, Sign.PURCHASE, Sign.GPU, Sign.FAMILY, Sign.REGION, Sign.AREA, Sign.BURSTABLE, Sign.SYSTEM,
        Sign.ARCHITECTURE, Sign.GRAVITON, Sign.INTERRUPTION, Sign.COMMITMENT, Sign.TOLERANT, Sign.GPU_MODEL,
    )
)  # fmt: skip
LISTED: Final = (
    Sign.PROVIDER, Sign.PURCHASE, Sign.FAMILY, Sign.REGION, Sign.AREA, Sign.SYSTEM, Sign.ARCHITECTURE, Sign.GPU,
    Sign.GPU_MODEL,
)  # fmt: skip
"""What can be left out by a word behind it."""
_BETWEEN_NOT: Final = frozenset(
    (Sign.ONE, Sign.THE, Sign.IN, Sign.OF, Sign.WITH, Sign.LIST, Sign.FINE, Sign.NEED, Sign.MACHINE, Sign.POR, Sign.NOT)
)
_BEHIND_ALL: Final = frozenset(
    (Sign.STOP, Sign.COMMA, Sign.AND, Sign.OR, Sign.IN, Sign.OF, Sign.TO, Sign.FOR, Sign.WITH, Sign.LIST, Sign.AT_LEAST)
)
"""What may stand behind anything that is named; `from`, as in `from the list`, is read as the least amount."""
_DOES_AWAY: Final = frozenset(
    ("drop", "dropping", "remove", "exclui", "exclua", "excluir", "remova", "remover", "corta", "corte")
)


def excluded(marks: list[Mark], at: int, reading: Reading) -> int:
    """`not spot`, `except AWS or Azure`, `sem GPU`: takes nothing where what follows cannot be left out."""
    start = at + 1 if sign(marks, at) is Sign.MINUS else skip(marks, at + 1, _BETWEEN_NOT)
    end = at
    if sign(marks, start) is Sign.DEAREST:
        # `not the most expensive but the cheapest`: it says nothing of what comes first.
        return start + 1
    while sign(marks, start) in _EXCLUDED:
        if sign(marks, start) is Sign.GPU and sign(marks, start + 1) is Sign.GPU_MODEL:
            # `no NVIDIA T4`: of the model alone.
            start += 1
        _leave_out(marks[start], reading)
        end = skip(marks, start + 1, (Sign.GPU,) if marks[start].sign is Sign.GPU_MODEL else (Sign.MACHINE,))
        follows = skip(marks, end, (Sign.OR, Sign.NOT))
        if follows == end:
            follows = skip(marks, end, (Sign.AND, Sign.COMMA))
            again = skip(marks, follows, _BETWEEN_NOT)
            if follows == end or sign(marks, again) is not marks[start].sign:
                break
            follows = again
        start = skip(marks, follows, _BETWEEN_NOT)
    return end


def done_away(marks: list[Mark], at: int) -> Mark:
    """`drop Azure`, `exclua a AWS`: done to machines it is an action, of prices it says how they move, but nobody does
    away with a provider. It is one only where it stands alone: `delete Azure machines`, `drop the AWS price`."""
    mark = marks[at]
    if mark.word not in _DOES_AWAY:
        return mark
    provider = skip(marks, at + 1, (Sign.THE, Sign.ONE))
    alone = sign(marks, provider) is Sign.PROVIDER and sign(marks, provider + 1) in _BEHIND_ALL
    return replace(mark, sign=Sign.NOT) if alone else mark


def out(marks: list[Mark], at: int, reading: Reading) -> int:
    """`GCP is excluded`, `a Azure está fora`: what stands before the word for it, with those that it is listed with."""
    end = skip(marks, at + 1, (Sign.OF, Sign.IN, Sign.THE))
    last = end
    while sign(marks, end) in (Sign.OR, Sign.AND, Sign.COMMA) and sign(marks, end + 1) is marks[at].sign:
        end += 2
        last = end
    if not _leaves_out(marks, last):
        return at
    for each in marks[at:last]:
        if each.sign is marks[at].sign:
            _leave_out(each, reading)
    return last + 1


def _leaves_out(marks: list[Mark], at: int) -> bool:
    """`fora` does so for what stands behind it, and for what stands before where nothing is behind."""
    word = sign(marks, at)
    behind = sign(marks, at + 1)
    return word is Sign.OUT or (word is Sign.NOT and marks[at].word == "fora" and behind in (Sign.STOP, Sign.COMMA))


def _leave_out(mark: Mark, reading: Reading) -> None:
    match mark.value:
        case Provider():
            reading.without_providers.append(mark.value)
        case Purchase():
            reading.without_purchases.append(mark.value)
        case OperatingSystem():
            reading.without_systems.append(mark.value)
        case Architecture():
            reading.without_architectures.append(mark.value)
        case tuple() if mark.sign is Sign.FAMILY:
            reading.without_families += [family for _, family in mark.value]
        case tuple() if mark.sign is Sign.GPU_MODEL:
            reading.without_gpu_models += [each.model for each in mark.value]
        case tuple():
            for place in mark.value:
                pairs = [(place.provider, place.code)] if isinstance(place, RegionName) else place.regions
                reading.without_regions += pairs
        case _:
            _leave_out_kind(mark.sign, reading)


def _leave_out_kind(kind: Sign, reading: Reading) -> None:
    if kind is Sign.GPU:
        reading.without_gpu = True
    elif kind is Sign.BURSTABLE:
        reading.burstable = False
    elif kind in (Sign.INTERRUPTION, Sign.TOLERANT):
        reading.interruptible = False
    elif kind is Sign.GRAVITON:
        reading.without_architectures.append(Architecture.ARM64)
    elif kind is Sign.COMMITMENT:
        reading.without_purchases += sorted(COMMITTED)
