"""Between the contract's conditions and intents and the domain's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from malha.pricing.v1 import intent_pb2

from services.pricing.convert import (
    ANSWER_TYPES,
    ARCHITECTURES,
    BEHAVIOURS,
    OPERATIONS,
    ORDERINGS,
    PAYMENTS,
    PERIODS,
    PROVIDERS,
    PURCHASES,
    SYSTEMS,
    TENANCIES,
    money_from_proto,
    money_to_proto,
)
from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.intents import Budget, Intent
from services.pricing.domain.offers import Payment

_MIB = 1024
_MILLI = 1000


def constraints_from_proto(message: intent_pb2.Constraints) -> Constraints:
    """The conditions of a request; the message has passed validation. Sizes are rounded to whole thousandths of a vCPU
    and whole MiB."""
    return Constraints(
        providers=PROVIDERS.members(message.providers),
        instance_types=tuple(message.instance_types),
        families=tuple(message.families),
        regions=tuple(message.regions),
        areas=tuple(message.areas),
        purchases=PURCHASES.members(message.purchase_options),
        operating_systems=SYSTEMS.members(message.operating_systems),
        tenancies=TENANCIES.members(message.tenancies),
        architectures=ARCHITECTURES.members(message.architectures),
        millicpus_at_least=_scaled(message, "min_vcpus", _MILLI),
        millicpus_at_most=_scaled(message, "max_vcpus", _MILLI),
        memory_mib_at_least=_scaled(message, "min_memory_gib", _MIB),
        memory_mib_at_most=_scaled(message, "max_memory_gib", _MIB),
        gpu=_need(message.gpu) if message.HasField("gpu") else None,
        without_gpu=message.without_gpu,
        term_months=_given(message, "term_months"),
        payment=PAYMENTS.member(message.payment_option) if message.payment_option else None,
        hourly_at_most=money_from_proto(message.max_hourly_price) if message.HasField("max_hourly_price") else None,
        burstable=_given(message, "burstable"),
        interruptible=_given(message, "interruptible"),
        without_providers=PROVIDERS.members(message.excluded_providers),
        without_purchases=PURCHASES.members(message.excluded_purchase_options),
        without_families=tuple(message.excluded_families),
        without_regions=tuple(message.excluded_regions),
        without_gpu_models=tuple(message.excluded_gpu_models),
        currency=message.currency or "USD",
    )


def constraints_to_proto(constraints: Constraints) -> intent_pb2.Constraints:
    """The message that says these conditions; what is open stays unset."""
    return intent_pb2.Constraints(
        providers=map(PROVIDERS.number, constraints.providers),
        instance_types=constraints.instance_types,
        families=constraints.families,
        regions=constraints.regions,
        areas=constraints.areas,
        purchase_options=map(PURCHASES.number, constraints.purchases),
        operating_systems=map(SYSTEMS.number, constraints.operating_systems),
        tenancies=map(TENANCIES.number, constraints.tenancies),
        architectures=map(ARCHITECTURES.number, constraints.architectures),
        min_vcpus=_part(constraints.millicpus_at_least, _MILLI),
        max_vcpus=_part(constraints.millicpus_at_most, _MILLI),
        min_memory_gib=_part(constraints.memory_mib_at_least, _MIB),
        max_memory_gib=_part(constraints.memory_mib_at_most, _MIB),
        gpu=None if constraints.gpu is None else _need_to_proto(constraints.gpu),
        without_gpu=constraints.without_gpu,
        term_months=constraints.term_months,
        payment_option=PAYMENTS.number(constraints.payment or Payment.NOTHING),
        max_hourly_price=None if constraints.hourly_at_most is None else money_to_proto(constraints.hourly_at_most),
        burstable=constraints.burstable,
        interruptible=constraints.interruptible,
        excluded_providers=map(PROVIDERS.number, constraints.without_providers),
        excluded_purchase_options=map(PURCHASES.number, constraints.without_purchases),
        excluded_families=constraints.without_families,
        excluded_regions=constraints.without_regions,
        excluded_gpu_models=constraints.without_gpu_models,
        currency=constraints.currency,
    )


def intent_to_proto(intent: Intent, understood: str) -> intent_pb2.Intent:
    """An intent, with the sentence that says it back."""
    return intent_pb2.Intent(
        operation=OPERATIONS.number(intent.operation),
        behaviour=BEHAVIOURS.number(intent.behaviour),
        answer_type=ANSWER_TYPES.number(intent.answer_type),
        language=intent.language,
        constraints=constraints_to_proto(intent.constraints),
        quantity=intent.quantity,
        hours=None if intent.hours is None else float(intent.hours),
        budget=None if intent.budget is None else _budget_to_proto(intent.budget),
        ordering=ORDERINGS.number(intent.ordering),
        limit=intent.limit,
        topic=intent.topic,
        clarification=intent.clarification,
        choices=[intent_pb2.Choice(text=choice.text, question=choice.question) for choice in intent.choices],
        ignored=intent.ignored,
        understood=understood,
    )


def budget_from_proto(message: intent_pb2.Budget) -> Budget:
    """A budget; without a period it is for a month."""
    per = PERIODS.member(message.period or intent_pb2.PERIOD_MONTH)
    return Budget(money_from_proto(message.amount), per)


def _budget_to_proto(budget: Budget) -> intent_pb2.Budget:
    return intent_pb2.Budget(amount=money_to_proto(budget.amount), period=PERIODS.number(budget.per))


def _need(message: intent_pb2.GpuConstraints) -> GpuNeed:
    return GpuNeed(
        models=tuple(message.models),
        count_exact=exact(message, "count"),
        count_at_least=exact(message, "min_count"),
        count_at_most=exact(message, "max_count"),
        memory_mib_at_least=_scaled(message, "min_memory_gib", _MIB),
        total_memory_mib_at_least=_scaled(message, "min_total_memory_gib", _MIB),
    )


def _need_to_proto(need: GpuNeed) -> intent_pb2.GpuConstraints:
    return intent_pb2.GpuConstraints(
        models=need.models,
        count=None if need.count_exact is None else float(need.count_exact),
        min_count=None if need.count_at_least is None else float(need.count_at_least),
        max_count=None if need.count_at_most is None else float(need.count_at_most),
        min_memory_gib=_part(need.memory_mib_at_least, _MIB),
        min_total_memory_gib=_part(need.total_memory_mib_at_least, _MIB),
    )


def exact(message: Any, field: str) -> Decimal | None:
    """The number of an optional field as it is written in decimal; None where it is unset."""
    return decimal(getattr(message, field)) if message.HasField(field) else None


def decimal(number: float) -> Decimal:
    """A floating-point number as the shortest decimal that is read as it: 0.1 is 0.1."""
    return Decimal(repr(number))


def _given(message: Any, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None


def _scaled(message: Any, field: str, factor: int) -> int | None:
    return round(getattr(message, field) * factor) if message.HasField(field) else None


def _part(amount: int | None, of: int) -> float | None:
    return None if amount is None else amount / of
