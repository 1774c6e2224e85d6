"""What a question asks for, in types: read from words, shown with every answer, and all that answers are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from services.pricing.domain.constraints import Constraints

if TYPE_CHECKING:
    from services.pricing.domain.money import Money


class Operation(StrEnum):
    """What is to be done."""

    SEARCH = "search"
    CHEAPEST = "cheapest"
    COMPARE = "compare"
    ESTIMATE = "estimate"
    RECOMMEND = "recommend"
    BREAK_EVEN = "break_even"
    HISTORY = "history"
    EXPLAIN = "explain"
    REFUSE = "refuse"


class Behaviour(StrEnum):
    """How the question is met."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    """Something is missing or ambiguous: the intent has the question to ask back, with choices."""
    REFUSE = "refuse"
    """It is not about what cloud compute costs, or it asks for what must not be done."""
    SAFE_ANSWER = "safe_answer"
    """It carries instructions or other bait beside a fair question: that is answered, the rest is not obeyed."""


class AnswerType(StrEnum):
    """The form of the answer."""

    OFFERS = "offers"
    """A table of offers."""
    COST = "cost"
    """One amount, with how it comes about."""
    COMPARISON = "comparison"
    RECOMMENDATION = "recommendation"
    BREAK_EVEN = "break_even"
    SERIES = "series"
    """Prices over time."""
    TEXT = "text"
    """An explanation from the knowledge notes."""
    NONE = "none"


class Ordering(StrEnum):
    """What comes first."""

    UNSET = ""
    PRICE = "price"
    PRICE_DESCENDING = "price_descending"
    PRICE_PER_VCPU = "price_per_vcpu"
    PRICE_PER_GIB = "price_per_gib"
    PRICE_PER_GPU = "price_per_gpu"
    VCPUS = "vcpus"
    MEMORY = "memory"


class Period(StrEnum):
    """The time that an amount, such as a budget, is for."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that is to be paid in a period."""

    amount: Money
    per: Period


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to understand an ambiguous question."""

    text: str
    """As shown, in the question's language."""
    question: str
    """The whole question as it would be unambiguous: asked again, it is answered."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A question, understood. What is unset is unconstrained."""

    operation: Operation
    behaviour: Behaviour = Behaviour.ANSWER
    answer_type: AnswerType = AnswerType.OFFERS
    language: str = "en"
    """`en` or `pt`: the language of the answer."""
    constraints: Constraints = field(default_factory=Constraints)
    quantity: int | None = None
    """How many instances."""
    hours: Decimal | None = None
    """For how many hours in all, each of them; hours a day times days, and months of 730 hours."""
    budget: Budget | None = None
    ordering: Ordering = Ordering.UNSET
    limit: int | None = None
    """How many results at most."""
    topic: str = ""
    """For EXPLAIN: the note that explains it, such as `spot` or `savings-plans`."""
    clarification: str = ""
    """The question to ask back."""
    choices: tuple[Choice, ...] = ()
    ignored: tuple[str, ...] = ()
    """Parts of the text that were read as instructions and not obeyed."""
