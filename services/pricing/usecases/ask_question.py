"""Answer a question: read it, do what it asks for, and say what came of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from services.pricing.domain.advice.amounts import PAID_WHOLE
from services.pricing.domain.advice.errors import NothingMatches
from services.pricing.domain.advice.types.commitment import AnalyzeCommitmentRequest
from services.pricing.domain.advice.types.comparison import CompareRequest
from services.pricing.domain.advice.types.estimate import Estimate, EstimateItem, EstimateRequest
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.needs import ALWAYS, Usage, Work
from services.pricing.domain.advice.types.recommendation import RecommendRequest
from services.pricing.domain.answers import wording
from services.pricing.domain.answers.comparing import sides_of
from services.pricing.domain.answers.events import (
    Answered,
    Event,
    OffersShown,
    Partial,
    Result,
    Series,
    Step,
    Understood,
)
from services.pricing.domain.answers.explaining import LOOKED_AT, arranged, explanation
from services.pricing.domain.constraints import Constraints
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.intents import Behaviour, Intent, Operation, Ordering, Period
from services.pricing.domain.knowledge.note import Language
from services.pricing.domain.knowledge.passages import KnowledgePort
from services.pricing.domain.money import HOURS_A_MONTH, HOURS_A_YEAR
from services.pricing.domain.offers import INTERRUPTIBLE, Offer, Purchase
from services.pricing.ports import HistoryReader
from services.pricing.usecases.advise import Advise, Pinned
from services.pricing.usecases.interpret_question import InterpretQuestion
from services.runtime.listing import OrderTerm

_SHOWN: Final = {Operation.SEARCH: 10, Operation.CHEAPEST: 5}
_MOST_SHOWN: Final = 50
_SPANS: Final = 100
_HOURS: Final = {Period.HOUR: 1, Period.DAY: 24, Period.MONTH: HOURS_A_MONTH, Period.YEAR: HOURS_A_YEAR}
_ORDERS: Final = {
    Ordering.UNSET: OrderTerm("hourly_price"),
    Ordering.PRICE: OrderTerm("hourly_price"),
    Ordering.PRICE_DESCENDING: OrderTerm("hourly_price", descending=True),
    Ordering.PRICE_PER_VCPU: OrderTerm("price_per_vcpu_hour"),
    Ordering.PRICE_PER_GIB: OrderTerm("price_per_gib_hour"),
    Ordering.PRICE_PER_GPU: OrderTerm("price_per_gpu_hour"),
    Ordering.VCPUS: OrderTerm("vcpus", descending=True),
    Ordering.MEMORY: OrderTerm("memory_gib", descending=True),
}


@dataclass(frozen=True, slots=True)
class AskQuestion:
    """Answers from one version of the catalogue; figures come from its offers alone."""

    interpret: InterpretQuestion
    advise: Advise
    history: HistoryReader
    knowledge: KnowledgePort

    async def __call__(self, text: str, language: str) -> AsyncGenerator[Event]:
        """What was understood first, the answer last. Raises NoCatalogue, and Overloaded when too much waits."""
        pinned = self.advise.pin()
        understood = self.interpret(text, language)
        yield understood
        intent = understood.intent
        if intent.behaviour in (Behaviour.REFUSE, Behaviour.CLARIFY) or intent.operation is Operation.REFUSE:
            said = intent.clarification or wording.refusal(intent.language)
            yield Answered(said, understood, pinned.index.version)
            return
        asking = _Asking(self, pinned, understood, text)
        async for event in asking.answer():
            yield event


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question on its way."""

    of: AskQuestion
    pinned: Pinned
    understood: Understood
    text: str

    @property
    def intent(self) -> Intent:
        return self.understood.intent

    async def answer(self) -> AsyncIterator[Event]:
        match self.intent.operation:
            case Operation.COMPARE:
                found = await self.of.advise.compare(self.pinned, _comparison(self.intent, self.pinned.index))
                yield Step(_said(self.intent, "compared", "comparei"), "CompareOffers")
                yield self._end(wording.comparison(found, self._language), found) if found.rows else self._nothing()
            case Operation.ESTIMATE:
                async for event in self._estimate():
                    yield event
            case Operation.RECOMMEND:
                advice = await self.of.advise.recommend(self.pinned, _recommendation(self.intent))
                yield Step(_said(self.intent, "searched for mixes", "procurei combinações"), "RecommendConfiguration")
                text = wording.recommendation(advice, self._language)
                yield self._end(text, advice) if text else self._nothing()
            case Operation.BREAK_EVEN:
                yield await self._break_even()
            case Operation.HISTORY:
                async for event in self._series():
                    yield event
            case Operation.EXPLAIN:
                yield await self._explanation()
            case _:
                async for event in self._offers():
                    yield event

    async def _offers(self) -> AsyncIterator[Event]:
        shown = self._search(min(self.intent.limit or _SHOWN[self.intent.operation], _MOST_SHOWN))
        counted = ("1 offer", "1 oferta") if shown.total == 1 else (f"{shown.total} offers", f"{shown.total} ofertas")
        yield Step(_said(self.intent, f"found {counted[0]}", f"achei {counted[1]}"), "SearchOffers")
        if not shown.offers:
            yield self._nothing()
            return
        cheapest = self.intent.operation is Operation.CHEAPEST
        text = wording.offers(shown, self._language, cheapest=cheapest)
        if cheapest and (lasting := self._lasting(shown.offers[0])) is not None:
            text += wording.lasting(lasting, self._language)
            shown = replace(shown, offers=[*(each for each in shown.offers if each != lasting), lasting])
        yield self._end(text, shown)

    async def _estimate(self) -> AsyncIterator[Event]:
        hours = self.intent.hours
        usage = ALWAYS if hours is None else Usage(hours_a_month=min(hours, Decimal(HOURS_A_MONTH)))
        item = EstimateItem("", _bought(_affordable(self.intent)), self.intent.quantity or 1, usage)
        found = await self.of.advise.estimate(self.pinned, EstimateRequest((item,)))
        yield Step(_said(self.intent, "estimated", "estimei"), "EstimateWorkload")
        if found.missing or not found.lines or found.lines[0].offer is None:
            yield self._nothing()
            return
        yield Partial([found.lines[0].offer], self.pinned.index.version)
        whole = None if hours is None else _whole(found, found.lines[0].offer, self.intent.quantity or 1, hours)
        yield self._end(wording.estimate(found, whole, hours, self._language), found, whole)

    async def _break_even(self) -> Answered:
        request = AnalyzeCommitmentRequest(_affordable(self.intent), quantity=self.intent.quantity or 1)
        try:
            found = await self.of.advise.analyze_commitment(self.pinned, request)
        except NothingMatches:
            return self._nothing()
        return self._end(wording.commitment(found, self._language), found)

    async def _series(self) -> AsyncIterator[Event]:
        shown = self._search(1, _bought(_affordable(self.intent)))
        if not shown.offers:
            yield self._nothing()
            return
        yield Partial(shown.offers, shown.version)
        spans = await self.of.history.spans(shown.offers[0].key.id, _SPANS, None)
        yield Step(_said(self.intent, "read the history", "li o histórico"), "ListPriceHistory")
        if not spans:
            yield self._nothing()
            return
        found = Series(shown.offers[0], spans, shown.version)
        yield self._end(wording.series(found, self._language), found)

    async def _explanation(self) -> Answered:
        language = Language(self.intent.language)
        providers = self.intent.constraints.providers
        provider = providers[0].value if len(providers) == 1 else ""
        topic = self.intent.topic
        found = await self.of.knowledge.search(f"{topic} {self.text}", language, provider, LOOKED_AT)
        passages = arranged(topic, found)
        version = self.pinned.index.version
        if not passages:
            return Answered(wording.unexplained(self._language), self.understood, version)
        return Answered(explanation(topic, passages), self.understood, version, passages=passages)

    def _lasting(self, first: Offer) -> Offer | None:
        """The cheapest offer that nobody takes away, where the very cheapest may be and nothing else was asked for."""
        if first.key.purchase not in INTERRUPTIBLE or self.intent.constraints.purchases:
            return None
        found = self._search(1, _bought(_affordable(self.intent)))
        return found.offers[0] if found.offers else None

    def _search(self, limit: int, constraints: Constraints | None = None) -> OffersShown:
        index = self.pinned.index
        constraints = constraints or _affordable(self.intent)
        found = index.search(order=(_ORDERS[self.intent.ordering],), limit=limit, constraints=constraints)
        return OffersShown([index.offer(row) for row in found.rows.tolist()], found.total, index.version)

    def _end(self, text: str, result: Result, total: Figure | None = None) -> Answered:
        version = self.pinned.index.version
        return Answered(f"{text} {wording.notice(version, self._language)}", self.understood, version, result, total)

    def _nothing(self) -> Answered:
        return Answered(wording.nothing(self._language), self.understood, self.pinned.index.version)

    @property
    def _language(self) -> str:
        return self.intent.language


def _bought(constraints: Constraints) -> Constraints:
    """On demand, where nothing else is said: whoever asks what something costs does not mean what may be taken away, or
    what binds for years."""
    said = constraints.purchases or constraints.without_purchases or constraints.interruptible is not None
    committed = constraints.term_months is not None or constraints.payment is not None
    return constraints if said or committed else replace(constraints, purchases=(Purchase.ON_DEMAND,))


def _affordable(intent: Intent) -> Constraints:
    """The conditions, with the budget as the highest price of an hour, for all instances together."""
    constraints, budget = intent.constraints, intent.budget
    if budget is None:
        return constraints
    hours = _HOURS[budget.per] if intent.hours is None or budget.per is Period.HOUR else intent.hours
    most = budget.amount.times(1 / (Decimal(max(hours, 1)) * (intent.quantity or 1)))
    known = constraints.hourly_at_most
    return replace(constraints, hourly_at_most=most if known is None else min(known, most))


def _comparison(intent: Intent, index: CatalogueIndex) -> CompareRequest:
    subjects, split = sides_of(_bought(intent.constraints), index)
    usage = ALWAYS if intent.hours is None else Usage(hours_a_month=min(intent.hours, Decimal(HOURS_A_MONTH)))
    return CompareRequest(subjects, split, intent.quantity or 1, usage, min(intent.limit or 10, _MOST_SHOWN))


def _recommendation(intent: Intent) -> RecommendRequest:
    usage = ALWAYS if intent.hours is None else Usage(hours_a_month=min(intent.hours, Decimal(HOURS_A_MONTH)))
    return RecommendRequest(
        constraints=intent.constraints,
        work=Work(instances=intent.quantity or 1),
        usage=usage,
        budget=intent.budget,
        limit=min(intent.limit or 5, _MOST_SHOWN),
    )


def _whole(found: Estimate, offer: Offer, quantity: int, hours: Decimal) -> Figure | None:
    """The cost of all hours of the question; None for what is paid by the term and not by the hour."""
    if offer.key.purchase in PAID_WHOLE:
        return None
    money = offer.hourly.times(hours * quantity)
    return Figure(money, f"{offer.hourly}/h x {quantity} x {hours.normalize():f} h", (offer,))


def _said(intent: Intent, english: str, portuguese: str) -> str:
    return portuguese if intent.language == "pt" else english
