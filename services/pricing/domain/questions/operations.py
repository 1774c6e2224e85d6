"""What a reading asks for: the operation, the form of its answer, and whether it is ours to answer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import AnswerType, Operation, Ordering
from services.pricing.domain.offers import Purchase
from services.pricing.domain.questions.grammar.amounts import hours_of
from services.pricing.domain.questions.lexicon import Sign, Span
from services.pricing.domain.questions.topics import explained, needs

if TYPE_CHECKING:
    from services.pricing.domain.questions.grammar import Reading

_ASKED: Final = frozenset(
    (
        Sign.PRICE, Sign.CHEAPEST, Sign.CHEAPER, Sign.COMPARE, Sign.ESTIMATE, Sign.RECOMMEND, Sign.BREAK_EVEN,
        Sign.ALTERNATIVE, Sign.HISTORY, Sign.CHANGE, Sign.DEAREST, Sign.LIST, Sign.NEED, Sign.ORDER_BY,
        Sign.RESULT, Sign.VERSUS,
    )
)  # fmt: skip
_ABOUT_MONEY: Final = _ASKED - {Sign.LIST, Sign.NEED, Sign.RESULT}
_STRANGE: Final = 3
"""So many words that are not understood make of what is wanted something else."""
_BARE: Final = frozenset((Sign.MACHINE, Sign.ONE, Sign.THE, Sign.STOP, Sign.COMMA))
ANSWER_TYPES: Final = {
    Operation.SEARCH: AnswerType.OFFERS,
    Operation.CHEAPEST: AnswerType.OFFERS,
    Operation.COMPARE: AnswerType.COMPARISON,
    Operation.ESTIMATE: AnswerType.COST,
    Operation.RECOMMEND: AnswerType.RECOMMENDATION,
    Operation.BREAK_EVEN: AnswerType.BREAK_EVEN,
    Operation.HISTORY: AnswerType.SERIES,
    Operation.EXPLAIN: AnswerType.TEXT,
    Operation.REFUSE: AnswerType.NONE,
}


def measured(reading: Reading) -> bool:
    """Whether it names an amount of vCPUs, memory or accelerators, or a place or a way to buy beside the machine."""
    amounts = (
        reading.millicpus_at_least, reading.millicpus_at_most, reading.memory_at_least, reading.memory_at_most,
        reading.gpu_count, reading.gpu_count_at_least, reading.gpu_count_at_most, reading.gpu_memory,
        reading.gpu_total_memory,
    )  # fmt: skip
    return any(each is not None for each in amounts) or _constrained(reading)


def subject(reading: Reading) -> bool:
    """Whether it says of which machines it speaks."""
    return bool(reading.types or reading.families or reading.partial) or needs(reading)


def only_machines(reading: Reading) -> bool:
    """Whether nothing but a word for machines is there: `instances`."""
    return Sign.MACHINE in reading.cues and reading.cues <= _BARE


def is_ours(reading: Reading) -> bool:
    """Whether it is about what computing costs. What it does not understand counts only where little else is there."""
    cues = reading.cues
    about = subject(reading)
    if reading.first is Sign.ACTION or reading.action:
        return False
    if only_machines(reading):
        return True
    machine = reading.types or reading.families or reading.gpu or Sign.MACHINE in cues or Sign.VCPU in cues
    if Sign.OTHER_PRODUCT in cues and not machine:
        return False
    if Sign.ELSEWHERE in cues and not (about and cues & _ASKED):
        return False
    if about:
        # Of a GPU alone one may ask what is not ours, such as who made it.
        known = bool(cues & _ASKED) or not reading.unknown
        return (
            known
            or bool(reading.types or reading.families)
            or (measured(reading) and len(reading.unknown) < _STRANGE + 1)
        )
    if explained(reading):
        return True
    strange = [each for each in reading.unknown if each is not reading.nowhere]
    wanted = not cues.isdisjoint((Sign.RECOMMEND, Sign.NEED)) and len(strange) < _STRANGE
    somewhere = reading.providers or reading.regions or reading.areas
    if wanted and (reading.virtual or (reading.budget and reading.providers)):
        return True
    if reading.affordable and reading.budget and somewhere and len(strange) < _STRANGE:
        return True
    placed = reading.regions or reading.areas
    if Sign.MACHINE in cues and reading.providers and (cues & _ASKED or placed):
        return True
    if Sign.MACHINE in cues or reading.purchases or reading.commitment is not None:
        return bool(cues & _ASKED or _constrained(reading)) and (not strange or bool(cues & _ABOUT_MONEY))
    out = reading.without_providers or reading.without_purchases or reading.without_gpu
    named = bool(reading.providers or reading.other_providers or reading.budget or out)
    return (
        not strange and not reading.nowhere and (bool(cues & _ABOUT_MONEY) or (named and bool(cues & _ASKED)) or named)
    )


def _constrained(reading: Reading) -> bool:
    return bool(
        reading.providers or reading.systems or reading.architectures or reading.regions or reading.areas
        or reading.purchases or reading.tenancies or reading.without_gpu or reading.without_providers
        or reading.without_purchases or reading.without_gpu_models or reading.without_systems
        or reading.without_architectures or reading.burstable is not None or reading.interruptible is not None
        or reading.budget or reading.quantity
    )  # fmt: skip


def wants_cheaper(reading: Reading) -> bool:
    """Whether one type is named that others are to be set against: `anything cheaper than m7i.large?`"""
    cues = reading.cues
    other = Sign.INSTEAD in cues and bool(cues & {Sign.CHEAPER, Sign.CHEAPEST, Sign.LESS_THAN}) and sides(reading) < 2
    than = other or Sign.ALTERNATIVE in cues or cues >= {Sign.LESS_THAN, Sign.CHEAPER}
    return than and len({each.type for each in reading.types}) == 1


def sides(reading: Reading) -> int:
    """How many things of one kind are named that can be set against each other."""
    return max(
        len({each.type for each in reading.types}) + reading.family_mentions + (reading.partial is not None),
        len(set(reading.providers)),
        len(reading.regions) + len(reading.areas),
        len(set(reading.purchases)),
        reading.gpu_mentions,
        len(set(reading.systems)),
        len(set(reading.architectures)),
        len(set(reading.payments)),
        len({each.hours for each in reading.durations}) if reading.commitment is not None else 0,
    )


def operation_of(reading: Reading) -> Operation:
    """What is asked for; REFUSE where it is not ours."""
    if not is_ours(reading):
        return Operation.REFUSE
    cues = reading.cues
    if explained(reading):
        return Operation.EXPLAIN
    if _weighs_a_commitment(reading):
        return Operation.BREAK_EVEN
    if wants_cheaper(reading) and Sign.BREAK_EVEN not in cues:
        return Operation.COMPARE
    if cues & {Sign.COMPARE, Sign.VERSUS} or (cues & {Sign.DIFFERENCE, Sign.INSTEAD} and sides(reading) > 1):
        return Operation.COMPARE
    if _asks_to_commit(reading):
        return Operation.BREAK_EVEN
    if Sign.BREAK_EVEN in cues and (reading.commitment is not None or sides(reading) < 2):
        return Operation.BREAK_EVEN
    if cues >= {Sign.PAST, Sign.PRICE} and not cues & {Sign.CHEAPEST, Sign.RECOMMEND, Sign.CHEAPER}:
        return Operation.HISTORY
    if Sign.HISTORY in cues or (Sign.CHANGE in cues and Sign.CHEAPEST not in cues):
        return Operation.HISTORY
    if _sets_against(reading):
        return Operation.COMPARE
    if Sign.RECOMMEND in cues:
        return Operation.RECOMMEND
    if Sign.CHEAPEST in cues:
        return Operation.CHEAPEST
    if _estimates(reading):
        return Operation.ESTIMATE
    if Sign.NEED in cues and not cues & {Sign.PRICE, Sign.LIST, Sign.DEAREST, Sign.RESULT} and not _unwanted(reading):
        return Operation.RECOMMEND
    if Sign.BEST in cues and not cues & {Sign.PRICE, Sign.LIST, Sign.DEAREST}:
        return Operation.RECOMMEND
    return Operation.SEARCH


def _weighs_a_commitment(reading: Reading) -> bool:
    """Whether one way to commit oneself is to pay off against on demand: `does a 3-year RI pay off vs on demand?`"""
    others = set(reading.purchases) - {Purchase.ON_DEMAND}
    cues = reading.cues
    return Sign.BREAK_EVEN in cues and Sign.COMPARE not in cues and reading.commitment is not None and len(others) == 1


def _asks_to_commit(reading: Reading) -> bool:
    """Whether it is asked if to commit oneself for a type that is named: `should we reserve m7i.large for a year?`"""
    cues = reading.cues
    committed = reading.commitment is not None and subject(reading) and not needs(reading)
    return committed and Sign.SHOULD in cues and cues.isdisjoint((Sign.PRICE, Sign.CHEAPEST, Sign.RECOMMEND))


def _sets_against(reading: Reading) -> bool:
    cues = reading.cues
    return (
        Sign.CHEAPER in cues
        or Sign.BREAK_EVEN in cues
        or (reading.alternatives and bool(cues & {Sign.CHEAPEST, Sign.PRICE}))
        or (Sign.WHICH_PROVIDER in cues and Sign.CHEAPEST in cues)
        or (reading.alternatives and len(reading.types) > 1 and cues.isdisjoint((Sign.LIST, Sign.NEED)))
    ) and Sign.RECOMMEND not in cues


def _estimates(reading: Reading) -> bool:
    cues = reading.cues
    if Sign.ESTIMATE in cues and not reading.ordering:
        return True
    hours = hours_of(reading, reading.durations)
    committed = reading.commitment is not None
    if hours is not None and committed and len(reading.durations) == 1 and not _shares(reading):
        hours = None
    counts = reading.quantity is not None and not reading.quantity_may_be_limit
    if Sign.PRICE in cues and Sign.DEAREST not in cues and not reading.budget:
        return hours is not None or counts
    return hours is not None and bool(counts or reading.types) and Sign.NEED not in cues


def _shares(reading: Reading) -> bool:
    """Whether it says how much of the time a machine runs, or for which period a price is asked."""
    asked = reading.asked_period not in (None, Span.HOUR)
    return bool(reading.always or asked or reading.hours_a_day or reading.hours_a_week or reading.hours_a_month)


def _unwanted(reading: Reading) -> bool:
    """Whether what is wanted is said only by what is not: `I don't want spot`."""
    return reading.first is Sign.NOT


def answer_type_of(operation: Operation, reading: Reading) -> AnswerType:
    """A question for a price is answered with an amount, one for offers with a table."""
    priced = Sign.PRICE in reading.cues or (reading.asked_period is not None and subject(reading))
    asks_price = priced and not reading.cues & {Sign.LIST, Sign.DEAREST, Sign.ORDER_BY, Sign.RESULT}
    if operation is Operation.SEARCH and asks_price and reading.budget is None:
        return AnswerType.COST
    return ANSWER_TYPES[operation]


def ordering_of(operation: Operation, reading: Reading) -> Ordering:
    """What comes first, where the question says so: the cheapest come first by what the price is asked for."""
    ordering = reading.ordering
    if ordering is Ordering.UNSET and Sign.DEAREST in reading.cues and operation is not Operation.COMPARE:
        return Ordering.PRICE_DESCENDING
    if operation is Operation.CHEAPEST and ordering is Ordering.UNSET:
        ordering = Ordering.PRICE
    return reading.ordering_per or ordering if ordering in (Ordering.UNSET, Ordering.PRICE) else ordering
