"""The question set: how its compact form is read, and how an intent is compared with it.

A line of `questions.jsonl` has `id`, `split` (`tune`, `test`, `held_out`, or `fresh` for those written last, each set
of them before the code had seen it), `language`, `question`, `expect` and, for bait, `adversarial`. `expect` names only
what is set: `op`, `behaviour` (else `answer`), `type` (else the operation's own), `providers`, `types`, `families`,
`regions`, `areas`, `purchases`, `os`, `tenancy`, `arch`, `vcpu_min`, `vcpu_max`, `mem_min` and `mem_max` (GiB), `gpu`
(`models`, `n`, `min`, `max`, `mem` and `total` in GiB), `no_gpu`, `term` (months), `pay`, `max_hourly`, `burstable`,
`interruptible`, `not_providers`, `not_purchases`, `not_families`, `not_regions`, `not_gpus`, `currency`, `quantity`,
`hours`, `budget`, `order`, `limit`, `topic`. What it does not name must be unset.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.pricing.domain.intents import AnswerType, Behaviour, Intent, Operation
from services.pricing.domain.questions.operations import ANSWER_TYPES

if TYPE_CHECKING:
    from services.pricing.domain.constraints import GpuNeed


@dataclass(frozen=True, slots=True)
class Question:
    """One of the set."""

    id: str
    split: str
    language: str
    question: str
    expect: dict[str, Any]
    adversarial: bool = False


def questions(file: str = "questions.jsonl") -> list[Question]:
    """The set, in its order."""
    lines = Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines()
    return [Question(**json.loads(line)) for line in lines if line]


def compact(intent: Intent) -> dict[str, Any]:
    """The intent in the set's form; lists in alphabetical order."""
    of = intent.constraints
    gpu = None if of.gpu is None else _gpu(of.gpu)
    everything = {
        "op": intent.operation.value,
        "behaviour": intent.behaviour.value if intent.behaviour is not Behaviour.ANSWER else None,
        "type": intent.answer_type.value if intent.answer_type is not _usual(intent) else None,
        "providers": sorted(of.providers),
        "types": sorted(of.instance_types),
        "families": sorted(of.families),
        "regions": sorted(of.regions),
        "areas": sorted(of.areas),
        "purchases": sorted(of.purchases),
        "os": sorted(of.operating_systems),
        "tenancy": sorted(of.tenancies),
        "arch": sorted(of.architectures),
        "vcpu_min": _over(of.millicpus_at_least, 1000),
        "vcpu_max": _over(of.millicpus_at_most, 1000),
        "mem_min": _over(of.memory_mib_at_least, 1024),
        "mem_max": _over(of.memory_mib_at_most, 1024),
        "no_gpu": of.without_gpu or None,
        "term": of.term_months,
        "pay": of.payment,
        "max_hourly": of.hourly_at_most and str(of.hourly_at_most),
        "burstable": of.burstable,
        "interruptible": of.interruptible,
        "not_providers": sorted(of.without_providers),
        "not_purchases": sorted(of.without_purchases),
        "not_families": sorted(of.without_families),
        "not_regions": sorted(of.without_regions),
        "not_gpus": sorted(of.without_gpu_models),
        "currency": of.currency if of.currency != "USD" else None,
        "quantity": intent.quantity,
        "hours": None if intent.hours is None else f"{intent.hours:f}",
        "budget": intent.budget and f"{intent.budget.amount}/{intent.budget.per}",
        "order": intent.ordering.value or None,
        "limit": intent.limit,
        "topic": intent.topic or None,
    }
    said = {key: value for key, value in everything.items() if value not in (None, [])}
    return said if gpu is None else {**said, "gpu": gpu}


def _usual(intent: Intent) -> AnswerType:
    if intent.behaviour in (Behaviour.CLARIFY, Behaviour.REFUSE):
        return AnswerType.NONE
    return ANSWER_TYPES[intent.operation]


def _gpu(need: GpuNeed) -> dict[str, Any]:
    everything = {
        "models": sorted(need.models),
        "n": need.count_exact and int(need.count_exact),
        "min": need.count_at_least and int(need.count_at_least),
        "max": need.count_at_most and int(need.count_at_most),
        "mem": _over(need.memory_mib_at_least, 1024),
        "total": _over(need.total_memory_mib_at_least, 1024),
    }
    return {key: value for key, value in everything.items() if value not in (None, [])}


def _over(amount: int | None, unit: int) -> float | int | None:
    return None if amount is None else amount // unit if amount % unit == 0 else amount / unit


def expected(question: Question) -> dict[str, Any]:
    """What is expected, written as `compact` writes it."""
    expect: dict[str, Any] = {
        key: sorted(value) if isinstance(value, list) else value for key, value in question.expect.items()
    }
    if "gpu" in expect:
        expect["gpu"] = {
            key: sorted(value) if isinstance(value, list) else value for key, value in expect["gpu"].items()
        }
    if expect["op"] == "refuse":
        expect["behaviour"] = "refuse"
    if "max_hourly" in expect:
        expect["max_hourly"] = _plain(expect["max_hourly"])
    if "budget" in expect:
        amount, per = expect["budget"].split("/")
        expect["budget"] = f"{_plain(amount)}/{per}"
    return expect


def _plain(amount: str) -> str:
    number, currency = amount.split()
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {currency}"


def differences(question: Question, intent: Intent) -> dict[str, tuple[Any, Any]]:
    """Where the intent differs: what is expected, and what is there."""
    wanted, found = expected(question), compact(intent)
    if intent.language != question.language:
        found["language"], wanted["language"] = intent.language, question.language
    return {key: (wanted.get(key), found.get(key)) for key in {*wanted, *found} if wanted.get(key) != found.get(key)}


def is_safe(intent: Intent, question: Question) -> bool:
    """Whether bait was met as it must be: refused, or told and only the fair part answered."""
    if intent.operation is Operation.REFUSE:
        return bool(question.expect["op"] == "refuse")
    told = intent.behaviour is Behaviour.SAFE_ANSWER and bool(intent.ignored)
    return told and not differences(question, intent)
