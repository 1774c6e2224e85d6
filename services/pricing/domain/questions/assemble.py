"""From a reading to an intent: terms, places, accelerators and amounts in the catalogue's own terms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.intents import Budget, Intent, Operation, Period
from services.pricing.domain.money import HOURS_A_YEAR
from services.pricing.domain.offers import COMMITTED, Architecture, OperatingSystem, Provider, Purchase
from services.pricing.domain.questions.grammar.amounts import hours_of
from services.pricing.domain.questions.lexicon import Span
from services.pricing.domain.questions.operations import answer_type_of, ordering_of
from services.pricing.domain.questions.topics import explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.pricing.domain.questions.grammar import Duration, Reading
    from services.pricing.domain.questions.vocabulary import AreaName

_TERMS: Final = {Decimal(HOURS_A_YEAR): 12, Decimal(3 * HOURS_A_YEAR): 36}
"""The terms that are sold, in months, by their hours."""
_PERIODS: Final = {
    Span.HOUR: Period.HOUR,
    Span.DAY: Period.DAY,
    Span.MONTH: Period.MONTH,
    Span.YEAR: Period.YEAR,
}
_ARCHITECTURES: Final = (Architecture.X86_64, Architecture.ARM64)
_T = TypeVar("_T")


def assemble(
    operation: Operation, reading: Reading, language: str, gpu_memory: Mapping[str, tuple[int, ...]]
) -> Intent:
    """The intent that a reading amounts to; what the reading does not say stays unset."""
    currency = reading.currency or "USD"
    if operation is Operation.EXPLAIN:
        explaining = Constraints(providers=_unique(reading.providers))
        return Intent(operation, answer_type=answer_type_of(operation, reading), language=language,
                      constraints=explaining, topic=explained(reading))  # fmt: skip
    term, durations = _term(operation, reading)
    quantity, limit = reading.quantity, reading.limit
    if reading.quantity_may_be_limit and operation in (Operation.CHEAPEST, Operation.SEARCH) and limit is None:
        quantity, limit = None, quantity
    budget = _budget(reading)
    constraints = Constraints(
        providers=_left(_providers(reading), reading.without_providers),
        instance_types=_unique(each.type for each in reading.types),
        families=_unique(family for _, family in reading.families),
        regions=_regions(reading),
        areas=_areas(reading),
        purchases=_left(_purchases(operation, reading, term), reading.without_purchases),
        operating_systems=_others(reading.systems, reading.without_systems, OperatingSystem),
        tenancies=_unique(reading.tenancies),
        architectures=_others(reading.architectures, reading.without_architectures, _ARCHITECTURES),
        millicpus_at_least=reading.millicpus_at_least,
        millicpus_at_most=reading.millicpus_at_most,
        memory_mib_at_least=reading.memory_at_least,
        memory_mib_at_most=reading.memory_at_most,
        gpu=_gpu(reading, gpu_memory) if reading.gpu and not _bare_gpu(reading) else None,
        without_gpu=reading.without_gpu and not reading.gpu,
        term_months=term,
        payment=reading.payments[0] if len(set(reading.payments)) == 1 else None,
        hourly_at_most=budget.amount if budget and budget.per is Period.HOUR and quantity in (None, 1) else None,
        burstable=reading.burstable,
        interruptible=reading.interruptible,
        without_providers=_unique(reading.without_providers),
        without_purchases=_unique(reading.without_purchases),
        without_families=_unique(reading.without_families),
        without_regions=_without_regions(reading),
        without_gpu_models=_unique(reading.without_gpu_models),
        currency=currency,
    )
    hours = None if operation in (Operation.HISTORY, Operation.BREAK_EVEN) else hours_of(reading, durations)
    return Intent(
        operation=operation,
        answer_type=answer_type_of(operation, reading),
        language=language,
        constraints=constraints,
        quantity=quantity,
        hours=hours,
        budget=budget,
        ordering=ordering_of(operation, reading),
        limit=limit,
    )


def _unique(values: Iterable[_T]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(values))


def _term(operation: Operation, reading: Reading) -> tuple[int | None, list[Duration]]:
    """A commitment's term in months, and the durations that are left: how long is used.

    Of several the one that stands nearest to the word for the commitment is the term; two different ones in a
    comparison leave it open.
    """
    durations = reading.durations
    if reading.commitment is None and not reading.payments and operation is not Operation.BREAK_EVEN:
        return None, durations
    sold = [each for each in durations if each.hours in _TERMS]
    if not sold:
        return None, durations
    if operation is Operation.COMPARE and len({each.hours for each in sold}) > 1:
        return None, [each for each in durations if each not in sold]
    at = reading.commitment or 0
    nearest = min(sold, key=lambda each: abs(each.at - at))
    return _TERMS[nearest.hours], [each for each in durations if each is not nearest]


def _purchases(operation: Operation, reading: Reading, term: int | None) -> tuple[Purchase, ...]:
    purchases = _unique(reading.purchases)
    if operation is Operation.BREAK_EVEN:
        # On demand is what a commitment is weighed against, not one that is asked for.
        return tuple(each for each in purchases if each is not Purchase.ON_DEMAND)
    any_kind = reading.commits and operation in (Operation.SEARCH, Operation.CHEAPEST, Operation.ESTIMATE)
    if (term is not None or any_kind) and not COMMITTED.intersection(purchases):
        return (*purchases, *(each for each in Purchase if each in COMMITTED))
    return purchases


def _left(named: tuple[_T, ...], without: list[_T]) -> tuple[_T, ...]:
    """What is named and not left out elsewhere: `not spot please, we hate spot`."""
    return tuple(each for each in named if each not in without)


def _others(named: list[_T], without: list[_T], every: Iterable[_T]) -> tuple[_T, ...]:
    """What is named; where only something is left out, all the others."""
    return _left(_unique(named or (every if without else ())), without)


def _providers(reading: Reading) -> tuple[Provider, ...]:
    named = _unique(reading.providers)
    # Graviton processors are Amazon's alone.
    return (Provider.AWS,) if reading.graviton and not named else named


def _without_regions(reading: Reading) -> tuple[str, ...]:
    """The codes of the places that are left out: of the providers in question."""
    sellers = _sellers(reading)
    there = _unique(code for seller, code in reading.without_regions if seller in sellers)
    return there or _unique(code for _, code in reading.without_regions)


def _regions(reading: Reading) -> tuple[str, ...]:
    """The codes of the places that are named: of the providers that are named or sell the types that are."""
    sellers = _sellers(reading)
    codes: list[str] = []
    for place in reading.regions:
        there = [each.code for each in place if each.provider in sellers]
        codes += there or [each.code for each in place]
    for area in _beside(reading):
        codes += [code for seller, code in area.regions if seller in sellers]
    return _unique(codes)


def _areas(reading: Reading) -> tuple[str, ...]:
    """The codes of the areas that are named, but for those whose regions stand with the regions."""
    beside = _beside(reading)
    return _unique(area.code for area in reading.areas if area not in beside)


def _beside(reading: Reading) -> list[AreaName]:
    """The areas that are named as one place among others, where those are regions outside of it: `Ireland or
    Frankfurt`. Of `Frankfurt, in Europe` the region is a part of the area."""
    named = {(each.provider, each.code) for place in reading.regions for each in place}
    return [area for area in reading.areas if named and named.isdisjoint(area.regions)]


def _sellers(reading: Reading) -> set[Provider]:
    """Who is named, or else sells the types that are; else all who are not left out."""
    named = set(reading.providers)
    sell = {*(each.provider for each in reading.types), *(seller for seller, _ in reading.families)}
    sellers = named or sell or ({Provider.AWS} if reading.graviton else set())
    return sellers - set(reading.without_providers) or set(Provider) - set(reading.without_providers)


def _bare_gpu(reading: Reading) -> bool:
    """Whether a GPU is only mentioned, beside a type that says which it has."""
    amounts = (
        reading.gpu_count, reading.gpu_count_at_least, reading.gpu_count_at_most, reading.gpu_memory,
        reading.gpu_total_memory,
    )  # fmt: skip
    return bool(reading.types) and not reading.gpu_models and all(each is None for each in amounts)


def _gpu(reading: Reading, known: Mapping[str, tuple[int, ...]]) -> GpuNeed:
    models = [each for each in reading.gpu_models if each.model not in reading.without_gpu_models]
    memory = reading.gpu_memory
    if (
        memory is None
        and models
        and all(each.memory_mib and each.memory_mib != known.get(each.model) for each in models)
    ):
        # A name for one of a model's sizes, such as the H100 NVL.
        memory = min(size for each in models for size in each.memory_mib)
    return GpuNeed(
        models=_unique(each.model for each in models),
        count_exact=reading.gpu_count,
        count_at_least=reading.gpu_count_at_least,
        count_at_most=reading.gpu_count_at_most,
        memory_mib_at_least=memory,
        total_memory_mib_at_least=reading.gpu_total_memory,
    )


def _budget(reading: Reading) -> Budget | None:
    amount, period = reading.budget, reading.budget_period
    if amount is None or period is None:
        return None
    if period in _PERIODS:
        return Budget(amount, _PERIODS[period])
    return Budget(amount.times(Span.MONTH.value / period.value), Period.MONTH)
