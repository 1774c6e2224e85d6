"""Rules for things that are named, how many of them, in which order, and what is left out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import Ordering
from services.pricing.domain.offers import (
    COMMITTED,
    Architecture,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Tenancy,
)
from services.pricing.domain.questions.grammar.cursor import number, sign, skip, skip_back
from services.pricing.domain.questions.lexicon import Sign
from services.pricing.domain.questions.vocabulary import AreaName, InstanceName, RegionName

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar.reading import Reading
    from services.pricing.domain.questions.marks import Mark

_ADJECTIVES: Final = frozenset(
    (
        Sign.PURCHASE, Sign.SYSTEM, Sign.ARCHITECTURE, Sign.PROVIDER, Sign.BURSTABLE, Sign.TENANCY, Sign.GRAVITON,
        Sign.TOLERANT, Sign.CHEAPEST, Sign.WORK, Sign.UNKNOWN,
    )
)  # fmt: skip
_LISTING: Final = frozenset((Sign.LIST, Sign.DEAREST, Sign.ORDER_BY))
"""Beside these a number at the end is of rows."""
_COUNTABLE: Final = frozenset((Sign.TYPE, Sign.PARTIAL, Sign.FAMILY))
_MOST: Final = 1_000_000
"""More instances or results than these nobody asks for."""
_YEARS: Final = 2_000
"""From here on a number with a word between it and a type is a year: `since 2025 spot m7i.large ...`."""
_PER: Final = {
    Sign.VCPU: Ordering.PRICE_PER_VCPU,
    Sign.MEMORY_UNIT: Ordering.PRICE_PER_GIB,
    Sign.MEMORY: Ordering.PRICE_PER_GIB,
    Sign.GPU: Ordering.PRICE_PER_GPU,
    Sign.GPU_MODEL: Ordering.PRICE_PER_GPU,
}


def counted(marks: list[Mark], at: int, reading: Reading) -> int:
    """`3 m7i.large`, `10 spot instances`, `5 options`, `the 3 cheapest`: the number alone is taken."""
    value = number(marks, at)
    if value is None or value != int(value) or not 0 < value <= _MOST:
        return at
    after = skip(marks, at + 1, (Sign.TIMES,))
    if sign(marks, at - 1) is Sign.COMMA and sign(marks, after) is Sign.STOP and reading.cues & _LISTING:
        # `list VMs of Azure, just 10`
        reading.limit = int(value)
        return after
    if (
        sign(marks, after) is Sign.CHEAPEST
        and sign(marks, at - 1) is Sign.OF
        and marks[after].start > marks[at].end + 1
    ):
        # `qual das duas fica mais barata`: they are named elsewhere.
        return after
    if sign(marks, after) in (Sign.CHEAPEST, Sign.DEAREST, Sign.RESULT):
        reading.limit = int(value)
        return after
    noun = after
    while sign(marks, noun) in _ADJECTIVES and noun < after + 4:
        noun += 1
    if sign(marks, noun) is Sign.RESULT:
        reading.limit = int(value)
    elif (
        sign(marks, noun) is Sign.MACHINE
        or sign(marks, after) in _COUNTABLE
        or (sign(marks, noun) in _COUNTABLE and value < _YEARS)
        or _nodes(marks, after)
    ):
        reading.quantity = int(value)
        if sign(marks, noun) is Sign.TYPE:
            reading.counts.append((int(value), marks[noun].word))
        reading.quantity_may_be_limit = sign(marks, at - 1) in (Sign.THE, Sign.LIST, Sign.TOP)
    else:
        return at
    return after


def _nodes(marks: list[Mark], at: int) -> bool:
    """Whether `nos` behind a number is Portuguese for nodes (`nós`) and not for `in the`."""
    return sign(marks, at) is Sign.IN and marks[at].word == "nos"


def times(marks: list[Mark], at: int, reading: Reading) -> int:
    """`m7i.large x 3`."""
    value = number(marks, at + 1)
    if value is None or sign(marks, at - 1) not in _COUNTABLE or value != int(value) or not 0 < value <= _MOST:
        return at
    reading.quantity = int(value)
    return at + 2


def top(marks: list[Mark], at: int, reading: Reading) -> int:
    """`top 5`, `first ten`."""
    value = number(marks, at + 1)
    if value is None or value != int(value) or not 0 < value <= _MOST:
        return at
    reading.limit = int(value)
    return at + 2


def per_unit(marks: list[Mark], at: int, reading: Reading) -> int:
    """`per vCPU`, `por GB`: what the price is divided by; `por uma T4` is for one and not per one."""
    if sign(marks, at) is Sign.POR and sign(marks, at + 1) is Sign.ONE:
        return at
    per = _PER.get(sign(marks, skip(marks, at + 1, (Sign.EACH, Sign.ONE))))
    if per is None:
        return at
    if sign(marks, skip_back(marks, at - 1, (Sign.PRICE, Sign.THE))) is not Sign.NOT:
        # `cheapest not per GB but overall`
        reading.ordering_per = per
    end = skip(marks, at + 1, (Sign.EACH, Sign.ONE))
    # `per GPU` says how to order; a model that is named there is asked for as well.
    return end if sign(marks, end) is Sign.GPU_MODEL else end + 1


def order(marks: list[Mark], at: int, reading: Reading) -> int:
    """`sorted by price per GB`, `cheapest first`."""
    after = skip(marks, at + 1, (Sign.POR, Sign.OF, Sign.THE, Sign.IN))
    found = sign(marks, after)
    reading.ordering = {
        Sign.DEAREST: Ordering.PRICE_DESCENDING,
        Sign.VCPU: Ordering.VCPUS,
        Sign.MEMORY: Ordering.MEMORY,
    }.get(found, Ordering.PRICE)
    if found is Sign.ORDER:
        _ordered(marks[after], reading)
        return after + 1
    return after + 1 if found in (Sign.DEAREST, Sign.VCPU, Sign.MEMORY, Sign.CHEAPEST, Sign.PRICE) else after


def ends(marks: list[Mark], at: int, reading: Reading) -> int:
    """`from the cheapest to the dearest`, `da mais cara pra mais barata`."""
    other = Sign.DEAREST if marks[at].sign is Sign.CHEAPEST else Sign.CHEAPEST
    joint = skip(marks, at + 1, (Sign.MACHINE,))
    behind = skip(marks, joint, (Sign.TO, Sign.FOR, Sign.IN, Sign.THE, Sign.ONE, Sign.AT_MOST, Sign.DASH))
    if behind == joint or sign(marks, behind) is not other:
        return at
    reading.ordering = Ordering.PRICE_DESCENDING if other is Sign.CHEAPEST else Ordering.PRICE
    reading.cues.discard(marks[at].sign)
    reading.cues.add(Sign.ORDER_BY)
    return behind + 1


def _ordered(mark: Mark, reading: Reading) -> None:
    if isinstance(mark.value, Ordering):
        reading.ordering = mark.value


def interruption(marks: list[Mark], at: int, reading: Reading) -> int:
    """`can be interrupted`, `interruptions are not acceptable`, `interruptible`."""
    near = skip(marks, at + 1, (Sign.IN, Sign.OF, Sign.WITH))
    refused = sign(marks, near) is Sign.NOT and sign(marks, near + 1) is Sign.FINE
    allowed = sign(marks, near) is Sign.FINE or marks[at].word in ("interruptible", "interrompivel")
    before = [sign(marks, each) for each in range(at - 3, at)]
    if refused:
        reading.interruptible = False
        return near + 2
    if allowed or Sign.FINE in before:
        reading.interruptible = True
    return at + 1


def named(mark: Mark, at: int, reading: Reading) -> None:
    """Takes a thing that is named as it is."""
    match mark.value:
        case Provider():
            reading.providers.append(mark.value)
        case Purchase():
            reading.purchases.append(mark.value)
            if mark.value in COMMITTED:
                reading.commitment = at
        case Payment():
            reading.payments.append(mark.value)
        case OperatingSystem():
            reading.systems.append(mark.value)
        case Architecture():
            reading.architectures.append(mark.value)
        case Tenancy():
            reading.tenancies.append(mark.value)
        case tuple():
            _named_of_catalogue(mark, reading)
        case _:
            _named_by_sign(mark, at, reading)


def _named_of_catalogue(mark: Mark, reading: Reading) -> None:
    assert isinstance(mark.value, tuple)
    if mark.sign is Sign.TYPE:
        reading.types += [each for each in mark.value if isinstance(each, InstanceName)]
    elif mark.sign is Sign.FAMILY:
        reading.family_mentions += 1
        reading.families += mark.value
    elif mark.sign is Sign.REGION:
        reading.regions.append(tuple(each for each in mark.value if isinstance(each, RegionName)))
    elif mark.sign is Sign.AREA:
        reading.areas += [each for each in mark.value if isinstance(each, AreaName)]
    elif mark.sign is Sign.PARTIAL and reading.partial is None:
        reading.partial = mark


def _named_by_sign(mark: Mark, at: int, reading: Reading) -> None:
    match mark.sign:
        case Sign.GRAVITON:
            reading.graviton = True
            reading.architectures.append(Architecture.ARM64)
        case Sign.BURSTABLE:
            reading.burstable = True
        case Sign.TOLERANT:
            reading.interruptible = True
        case Sign.INTOLERANT:
            reading.interruptible = False
        case Sign.RECOMMEND if mark.word.startswith(("what can", "what could", "o que", "oq", "o q ")):
            reading.affordable = True
        case Sign.COMMITMENT:
            reading.commitment = at if reading.commitment is None else reading.commitment
            reading.commits |= mark.word.startswith(("commit", "comprom"))
        case Sign.OTHER_PROVIDER:
            reading.other_providers = True
        case Sign.NOWHERE if reading.nowhere is None:
            reading.nowhere = mark
        case Sign.TOPIC:
            reading.topics.append(str(mark.value))
        case Sign.ALWAYS:
            reading.always = True
        case Sign.WORKDAYS:
            reading.days_a_week = Decimal(5)
        case Sign.HOURS_PATTERN:
            hours, days = (Decimal(each) for each in str(mark.value).split("x"))
            reading.hours_a_day, reading.days_a_week = reading.hours_a_day or hours, days
        case Sign.ORDER:
            _ordered(mark, reading)
        case Sign.UNKNOWN if mark.start not in reading.aside:
            reading.unknown.append(mark)
        case Sign.LESS_THAN if mark.word.startswith(("cheaper", "mais barat", "mais em conta")):
            # `cheaper than` something that is no amount of money.
            reading.cues.add(Sign.CHEAPER)
        case _:
            pass
