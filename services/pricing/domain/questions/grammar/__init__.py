"""The grammar: which rules are tried at which sign, and how a text is read with them from left to right.

A rule gets the marks, a place and the reading. It answers with the place behind what it took, or with the place that it
got where it does not apply.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.pricing.domain.questions.grammar import (
    accelerators,
    amounts,
    exclusions,
    measures,
    money,
    permissions,
    things,
)
from services.pricing.domain.questions.grammar.cursor import BOUNDS, OPENING, sign, skip, skip_back
from services.pricing.domain.questions.grammar.numerals import numerals
from services.pricing.domain.questions.grammar.reading import Duration, Reading
from services.pricing.domain.questions.grammar.sentences import ASKING, FIRM, Sentence, asides, sentences, together
from services.pricing.domain.questions.lexicon import Sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.pricing.domain.questions.marks import Mark

__all__ = ["Duration", "Reading", "read"]

_AMOUNTS: Final = (money.money, measures.measure, accelerators.accelerators)
_RULES: Final[dict[Sign, tuple[Callable[[list[Mark], int, Reading], int], ...]]] = {
    Sign.NUMBER: (*_AMOUNTS, amounts.time, things.counted),
    Sign.CURRENCY: (money.money, money.currency),
    Sign.BUDGET: (money.money,),
    Sign.AT_LEAST: _AMOUNTS,
    Sign.MORE_THAN: _AMOUNTS,
    Sign.AT_MOST: _AMOUNTS,
    Sign.LESS_THAN: _AMOUNTS,
    Sign.EXACTLY: _AMOUNTS,
    Sign.BETWEEN: _AMOUNTS,
    Sign.VCPU: (measures.named_measure,),
    Sign.RATE: (money.money, amounts.period),
    Sign.ONE: (amounts.time,),
    Sign.HALF: (amounts.time,),
    Sign.TIMES: (things.times,),
    Sign.TOP: (things.top,),
    Sign.PER: (things.per_unit, amounts.period),
    Sign.POR: (things.per_unit, amounts.period),
    Sign.ORDER_BY: (things.order,),
    Sign.CHEAPEST: (things.ends,),
    Sign.DEAREST: (things.ends,),
    Sign.PAST: (amounts.past,),
    **dict.fromkeys(exclusions.LISTED, (exclusions.out,)),
    Sign.PURCHASE: (exclusions.out, permissions.permitted),
    Sign.ARCHITECTURE: (exclusions.out, permissions.permitted),
    Sign.GPU: (exclusions.out, accelerators.accelerators),
    Sign.GPU_MODEL: (exclusions.out, accelerators.accelerators),
    Sign.INTERRUPTION: (things.interruption,),
    Sign.NOT: (exclusions.excluded,),
    Sign.MINUS: (exclusions.excluded,),
}
"""At each mark the rules of its sign are tried in this order; the first that takes something wins. What no rule takes
counts as it is."""
_SILENT: Final = frozenset((Sign.EACH, Sign.FINE, Sign.COMMA, Sign.STOP, Sign.NEED))
"""What may stand before the first word that says what is wanted."""
_WHERE: Final = frozenset(("in", "em"))
"""Behind these a word at a sentence's end is a place also in small letters; behind an article it is any thing: `na
tese`."""
_WEAK: Final = frozenset(("deploy", "start", "stop", "buy", "kill", "migrate", "book", "cancel", "order me"))
"""Words for actions that may stand within a question: they count at its beginning only."""
_RELATIVE: Final = frozenset((Sign.NOT, Sign.WITH, Sign.LIST, Sign.FINE, Sign.TOLERANT, Sign.INTOLERANT))
"""What begins a clause with what a machine is like: `que não seja`, `que tenha`, `que pode`."""
_PAIRS: Final = frozenset((Sign.TYPE, Sign.PROVIDER, Sign.PURCHASE, Sign.REGION, Sign.FAMILY, Sign.AREA, Sign.PAYMENT))
_ASKS: Final = frozenset((Sign.CHEAPEST, Sign.CHEAPER, Sign.PRICE, Sign.BREAK_EVEN, Sign.DIFFERENCE, Sign.COMPARE))
"""What is asked of two things that are set against each other."""
_OFFERED: Final = frozenset(
    (
        Sign.MACHINE, Sign.GPU, Sign.GPU_MODEL, Sign.TYPE, Sign.FAMILY, Sign.PROVIDER, Sign.PURCHASE, Sign.ARCHITECTURE,
        Sign.SYSTEM, Sign.BURSTABLE, Sign.RESULT, Sign.CHEAPER, Sign.CHEAPEST, Sign.TENANCY, Sign.GRAVITON, Sign.NUMBER,
    )
)  # fmt: skip
"""What `any` asks for, when it asks."""
_MACHINES: Final = frozenset(
    (
        "instance", "instances", "vm", "vms", "virtual machine", "virtual machines", "server", "servers", "vps",
        "instancia", "instancias", "instância", "instâncias", "servidor", "servidores", "maquina virtual",
        "máquina virtual", "maquinas virtuais", "máquinas virtuais",
    )
)  # fmt: skip
"""Words that can hardly mean anything but computers: a machine may also make coffee."""


def read(text: str, marks: list[Mark], decimal_comma: bool) -> Reading:
    """What the marks of a text say. `decimal_comma`: whether `1.500` is one thousand five hundred."""
    reading = Reading()
    telling = numerals([mark for mark in marks if mark.sign is not Sign.FILLER], decimal_comma)
    telling = [_in_context(telling, at) for at in range(len(telling))]
    found = sentences(telling)
    reading.aside = asides(found)
    said = {each[-1].start: Sentence.of(each) for each in found}
    ends = sorted(said)
    at = 0
    while at < len(telling):
        mark = telling[at]
        reading.cues = said[ends[bisect_left(ends, mark.start)]].cues
        _notice(text, telling, at, reading)
        end = next((end for rule in _RULES.get(mark.sign, ()) if (end := rule(telling, at, reading)) > at), at)
        if end == at:
            things.named(mark, at, reading)
            end = at + 1
        at = end
    measures.settle_ratio(reading)
    reading.cues = together(said.values())
    reading.action = any(cues.isdisjoint(FIRM) for cues in reading.actions)
    _forget_the_past(telling, said, reading)
    return reading


def _forget_the_past(marks: list[Mark], said: Mapping[int, Sentence], reading: Reading) -> None:
    """A time in a sentence of what was, beside one of what is to be done, is no time of use."""
    if len(said) < 2:
        return
    ends = sorted(said)

    def told(duration: Duration) -> bool:
        cues = said[ends[bisect_left(ends, marks[duration.at].start)]].cues
        return Sign.PAST in cues and cues & ASKING <= {Sign.PAST}

    reading.durations = [each for each in reading.durations if not told(each)]


def _in_context(marks: list[Mark], at: int) -> Mark:
    """The mark as it is meant where it stands."""
    if marks[at].word == "any" and sign(marks, at - 1) is not Sign.STOP and sign(marks, at + 1) not in _OFFERED:
        # `any idea`, `under any circumstances`
        return replace(marks[at], sign=Sign.COMMA)
    if marks[at].sign in BOUNDS:
        return _cheapest_that(marks, exclusions.bounded(marks, at), at)
    return _cheapest_that(marks, exclusions.done_away(marks, at), at)


def _cheapest_that(marks: list[Mark], mark: Mark, at: int) -> Mark:
    """`mais barata que` with a relative clause behind it (`que não seja AMD`) is the cheapest, and no comparison."""
    relative = mark.sign is Sign.LESS_THAN and mark.word.startswith("mais barat") and mark.word.endswith(" que")
    return replace(mark, sign=Sign.CHEAPEST) if relative and sign(marks, at + 1) in _RELATIVE else mark


def _notice(text: str, marks: list[Mark], at: int, reading: Reading) -> None:
    """What is seen before any rule: which signs occur, what stands first, and a place that nobody knows."""
    mark = marks[at]
    reading.cues.add(mark.sign)
    if mark.sign is Sign.MACHINE and mark.word in _MACHINES:
        reading.virtual = True
    if mark.sign is Sign.PURCHASE and ("price" in mark.word or "preco" in mark.word or "preço" in mark.word):
        reading.cues.add(Sign.PRICE)
    if reading.first is None and mark.sign not in _SILENT:
        reading.first = mark.sign
    if mark.sign is Sign.ACTION and mark.word not in _WEAK and _opens_a_clause(marks, at):
        reading.actions.append(reading.cues)
    if mark.sign in (Sign.OR, Sign.BETWEEN):
        reading.alternatives |= _alike(marks, at)
    if mark.sign is Sign.TIMES and sign(marks, at - 1) in _PAIRS and sign(marks, at - 1) is sign(marks, at + 1):
        # `AWS x Azure`
        reading.cues.add(Sign.VERSUS)
    if mark.sign is Sign.UNKNOWN and reading.nowhere is None and _in_a_place(marks, at, reading):
        last = sign(marks, at + 1) is Sign.STOP and marks[at - 1].word in _WHERE
        reading.nowhere = mark if last or text[mark.start].isupper() else None


def _opens_a_clause(marks: list[Mark], at: int) -> bool:
    before = skip_back(marks, at - 1, _SILENT - {Sign.COMMA, Sign.STOP})
    return sign(marks, before) in (Sign.COMMA, Sign.STOP, Sign.AND)


def _in_a_place(marks: list[Mark], at: int, reading: Reading) -> bool:
    """Whether the word stands where a place would: right behind `in`."""
    right_behind = sign(marks, at - 1) is Sign.IN and marks[at].start == marks[at - 1].end + 1
    return right_behind and marks[at].start not in reading.aside


def _alike(marks: list[Mark], at: int) -> bool:
    """Whether two things of one kind are set against each other: `AWS or Azure`, at a clause's beginning."""
    if marks[at].sign is Sign.BETWEEN:
        return sign(marks, skip(marks, at + 1, (Sign.ONE, Sign.THE))) in _PAIRS
    after = skip(marks, at + 1, (Sign.ONE, Sign.THE))
    if sign(marks, after) is not sign(marks, at - 1):
        return False
    before = skip_back(marks, at - 2, (Sign.ONE, Sign.THE))
    opens = sign(marks, before) in OPENING and (
        sign(marks, before) is not Sign.COMMA or _asked_beside(marks, before, after)
    )
    return opens and sign(marks, at - 1) in _PAIRS


def _asked_beside(marks: list[Mark], comma: int, pair: int) -> bool:
    """Whether what is asked stands in the clause before the comma or behind the pair: elsewhere a pair says where to
    look, as in `lowest price per GiB, at least 1 TB, Azure or AWS`."""
    clause = comma - 1
    while sign(marks, clause) not in (Sign.COMMA, Sign.STOP):
        clause -= 1
    return any(sign(marks, at) in _ASKS for at in (*range(clause + 1, comma), *range(pair + 1, len(marks))))
