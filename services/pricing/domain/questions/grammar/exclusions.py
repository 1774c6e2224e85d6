"""Rules for what is left out: `not spot`, `except AWS or Azure`, `sem GPU`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.pricing.domain.offers import COMMITTED, Architecture, OperatingSystem, Provider, Purchase
from services.pricing.domain.questions.folding import plain
from services.pricing.domain.questions.grammar.cursor import BOUNDS, sign, skip, skip_back
from services.pricing.domain.questions.lexicon import LEAVE, REMOVE, Sign
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
_ALONE: Final = frozenset(
    (Sign.PROVIDER, Sign.PURCHASE, Sign.GPU, Sign.GPU_MODEL, Sign.REGION, Sign.AREA, Sign.ARCHITECTURE)
)
"""What is left out and not destroyed: nobody destroys a provider or a way to buy."""
_ALSO_OUT: Final = frozenset(("fora", "isnt", "arent", "nao", "ninguem usa", "ninguem quer", "nao usamos", "nao usam"))
_OTHER_END: Final = {
    Sign.LESS_THAN: Sign.AT_LEAST,
    Sign.AT_MOST: Sign.MORE_THAN,
    Sign.MORE_THAN: Sign.AT_MOST,
    Sign.AT_LEAST: Sign.LESS_THAN,
}
_TO_LIMIT: Final = frozenset(
    (Sign.WITH, Sign.THE, Sign.ONE, Sign.RESULT, Sign.OF, Sign.IN, Sign.FINE, Sign.NEED, Sign.PRICE, Sign.TO, Sign.LIST)
)
"""What may stand between `not` and a limit that it turns round: `nothing with less than`, `refuse to pay more than`."""
_DOES_AWAY: Final = frozenset(
    ("drop", "dropping", "remove", "exclui", "exclua", "excluir", "remova", "remover", "corta", "corte")
)
"""Words with another sense in the lexicon: what is done to machines, or how a price moves. See `done_away`."""


def excluded(marks: list[Mark], at: int, reading: Reading) -> int:
    """`not spot`, `except AWS or Azure`, `sem GPU`: takes nothing where what follows cannot be left out."""
    if denied := _denied(marks, at):
        return denied
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
            if follows == end or sign(marks, again) is not marks[start].sign or _turns(marks, follows):
                break
            follows = again
        start = skip(marks, follows, _BETWEEN_NOT)
    return end


def _turns(marks: list[Mark], at: int) -> bool:
    """Whether something else begins behind a comma, if only with a word that is not among the marks: `not spot, just on
    demand`, `drop spot, show me on demand`."""
    if sign(marks, at - 1) is not Sign.COMMA or at >= len(marks):
        return False
    return marks[at].sign in (Sign.LIST, Sign.NEED) or marks[at].start > marks[at - 1].end + 1


def _denied(marks: list[Mark], at: int) -> int | None:
    """`don't exclude spot` leaves nothing out, and `sem sair do Brasil` names a place: where it goes on behind that."""
    verb = skip(marks, at + 1, (Sign.FINE, Sign.NEED, Sign.TO, Sign.FOR))
    if marks[at].value in (REMOVE, LEAVE) or sign(marks, verb) is not Sign.NOT:
        return None
    if marks[verb].value == LEAVE:
        return verb + 1
    if marks[verb].value != REMOVE:
        return None
    end = skip(marks, verb + 1, _BETWEEN_NOT)
    while sign(marks, end) in _EXCLUDED:
        end = skip(marks, end + 1, (Sign.MACHINE, Sign.OR, Sign.AND))
    return end


def bounded(marks: list[Mark], at: int) -> Mark:
    """`nothing below 64 GB`, `discard those with less than 64 GB`: what lies beyond a limit is left out, so that it is
    the other end."""
    mark = marks[at]
    other = _OTHER_END.get(mark.sign)
    amount = skip(marks, at + 1, (Sign.ONE, Sign.OF, Sign.CURRENCY))
    if other is None or sign(marks, amount) is not Sign.NUMBER:
        return mark
    before = skip_back(marks, at - 1, _TO_LIMIT)
    turned = before >= 0 and done_away(marks, before).sign is Sign.NOT
    return replace(mark, sign=other) if turned else mark


def done_away(marks: list[Mark], at: int) -> Mark:
    """`drop Azure`, `exclua a AWS`: leaves out a provider or a way to buy that stands alone, unlike in `remove Azure
    machines` or `drop the AWS price`, and what lies beyond a limit: `remove anything above $1`."""
    mark = marks[at]
    if mark.word not in _DOES_AWAY:
        return mark
    if sign(marks, skip(marks, at + 1, (Sign.THE, Sign.ONE, Sign.WITH))) in BOUNDS:
        return replace(mark, sign=Sign.NOT, value=REMOVE)
    what = skip(marks, at + 1, (Sign.THE, Sign.ONE))
    alone = sign(marks, what) in _ALONE and sign(marks, what + 1) in _BEHIND_ALL
    return replace(mark, sign=Sign.NOT, value=REMOVE) if alone else mark


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
    """Words that leave out what stands behind them do so for what stands before where nothing is behind."""
    word = sign(marks, at)
    behind = sign(marks, at + 1)
    return word is Sign.OUT or (
        word is Sign.NOT and plain(marks[at].word).replace("'", "") in _ALSO_OUT and behind in (Sign.STOP, Sign.COMMA)
    )


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
