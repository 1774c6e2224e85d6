"""An intent said back in one sentence, in English or Portuguese: shown with every answer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from services.pricing.domain.intents import Behaviour, Operation
from services.pricing.domain.questions import phrases
from services.pricing.domain.questions.phrases import Said
from services.pricing.domain.questions.within import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.pricing.domain.constraints import Constraints, GpuNeed
    from services.pricing.domain.intents import Intent
    from services.pricing.domain.money import Money

_MIB: Final = 1024


def describe(intent: Intent, language: str) -> str:
    """What was understood, in one sentence; `language` is `en` or `pt`."""
    told = _Telling(language == "pt")
    if intent.operation is Operation.REFUSE:
        return told.say(phrases.REFUSED)
    if intent.operation is Operation.EXPLAIN:
        sellers = told.each(intent.constraints.providers, phrases.NAMES)
        about = told.join(filter(None, (intent.topic.replace("-", " "), sellers)))
        return told.say(phrases.OPERATIONS[Operation.EXPLAIN]).format(about) + "."
    parts = [told.operation(intent), *told.machines(intent.constraints), *told.buying(intent.constraints)]
    parts += [*told.places(intent.constraints), *told.use(intent), *told.exclusions(intent.constraints)]
    sentence = told.join(filter(None, parts)) + "."
    if intent.behaviour is Behaviour.CLARIFY:
        sentence += f" {told.say(phrases.UNCLEAR)}"
    return sentence


class _Telling:
    """Says parts of intents in one language."""

    def __init__(self, portuguese: bool) -> None:
        self._portuguese = portuguese

    def say(self, said: Said) -> str:
        """Of a pair the phrase in the language."""
        return said[self._portuguese]

    @staticmethod
    def join(parts: Iterable[str]) -> str:
        """The parts, with commas."""
        return ", ".join(parts)

    def each(self, values: Iterable[object], names: dict[object, Said]) -> str:
        """The values by their names, with `or`."""
        named = [self.say(names[each]) if each in names else str(each) for each in values]
        return f" {self.say(phrases.OR)} ".join(named)

    def operation(self, intent: Intent) -> str:
        """What is to be done."""
        said = self.say(phrases.OPERATIONS[intent.operation])
        ordering = phrases.ORDERINGS.get(intent.ordering)
        return f"{said} ({self.say(ordering)})" if ordering else said

    def machines(self, of: Constraints) -> list[str]:
        """Which machines."""
        told = [self.each((*of.instance_types, *of.families), {})]
        told.append(self._between(phrases.VCPUS, of.millicpus_at_least, of.millicpus_at_most, 1000))
        told.append(self._between(phrases.MEMORY, of.memory_mib_at_least, of.memory_mib_at_most, _MIB))
        if of.gpu is not None:
            told.append(self._gpu(of.gpu))
        if of.without_gpu:
            told.append(self.say(phrases.NO_GPU))
        told.append(self.each(of.architectures, phrases.NAMES))
        told.append(self.each(of.operating_systems, phrases.NAMES))
        for value, pair in ((of.burstable, phrases.BURSTABLE), (of.interruptible, phrases.INTERRUPTIBLE)):
            if value is not None:
                told.append(self.say(pair[value]))
        return told

    def buying(self, of: Constraints) -> list[str]:
        """How it is bought, and from whom."""
        told = [self.each(of.purchases, phrases.NAMES)]
        if of.term_months is not None:
            told.append(self.say(phrases.TERM).format(of.term_months))
        if of.payment is not None:
            told.append(self.say(phrases.NAMES[of.payment]))
        told.append(self.each(of.tenancies, phrases.NAMES))
        told.append(self.each(of.providers, phrases.NAMES))
        return told

    def places(self, of: Constraints) -> list[str]:
        """Where."""
        told = [self.say(phrases.IN).format(self.each(of.regions, {}))] if of.regions else []
        told += [within(area, portuguese=self._portuguese) for area in of.areas]
        return [f" {self.say(phrases.OR)} ".join(told)]

    def use(self, intent: Intent) -> list[str]:
        """How many, for how long, for how much, and how many results."""
        told = []
        if intent.quantity is not None:
            told.append(self._count(phrases.INSTANCES, intent.quantity))
        if intent.hours is not None:
            told.append(self.say(phrases.HOURS).format(self._number(intent.hours)))
        if intent.budget is not None:
            per = self.say(phrases.PERIODS[intent.budget.per])
            told.append(self.say(phrases.BUDGET).format(self._money(intent.budget.amount), per))
        if intent.constraints.currency != "USD":
            told.append(self.say(phrases.CURRENCY).format(intent.constraints.currency))
        if intent.limit is not None:
            told.append(self._count(phrases.RESULTS, intent.limit))
        return told

    def exclusions(self, of: Constraints) -> list[str]:
        """What is left out."""
        out: Sequence[object] = (
            *of.without_providers, *of.without_purchases, *of.without_families, *of.without_regions,
            *of.without_gpu_models,
        )  # fmt: skip
        return [self.say(phrases.WITHOUT).format(self.each(out, phrases.NAMES))] if out else []

    def _gpu(self, need: GpuNeed) -> str:
        told = self.each(need.models, {}) or "GPU"
        if need.count_exact is not None:
            told = f"{self._number(need.count_exact)} \u00d7 {told}"
        elif need.count_at_least is not None or need.count_at_most is not None:
            told = self._between(("\u00d7 " + told,) * 2, need.count_at_least, need.count_at_most, 1)
        for amount, said in (
            (need.memory_mib_at_least, phrases.GPU_MEMORY),
            (need.total_memory_mib_at_least, phrases.GPU_TOTAL),
        ):
            if amount is not None:
                told += self.say(said).format(self._number(Decimal(amount) / _MIB))
        return told

    def _between(self, unit: Said, least: Decimal | int | None, most: Decimal | int | None, divisor: int) -> str:
        low = None if least is None else self._number(Decimal(least) / divisor)
        high = None if most is None else self._number(Decimal(most) / divisor)
        if low is None and high is None:
            return ""
        if low == high:
            return self.say(phrases.EXACTLY).format(f"{low} {self.say(unit)}")
        if low is not None and high is not None:
            return self.say(phrases.FROM_TO).format(low, f"{high} {self.say(unit)}")
        if low is not None:
            return self.say(phrases.AT_LEAST).format(f"{low} {self.say(unit)}")
        return self.say(phrases.AT_MOST).format(f"{high} {self.say(unit)}")

    def _count(self, said: tuple[Said, Said], number: int) -> str:
        return self.say(said[number != 1]).format(number)

    def _number(self, number: Decimal) -> str:
        plain = f"{number.normalize():f}"
        return plain.replace(".", ",") if self._portuguese else plain

    def _money(self, money: Money) -> str:
        return f"{self._number(money.amount)} {money.currency}"
