"""What happens on the way to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from services.pricing.domain.advice.types.commitment import CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import Comparison
from services.pricing.domain.advice.types.estimate import Estimate
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.recommendation import Recommendation
from services.pricing.domain.changes import PriceSpan
from services.pricing.domain.intents import Intent
from services.pricing.domain.knowledge.passages import Passage
from services.pricing.domain.offers import Offer
from services.pricing.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Understood:
    """The question was read."""

    intent: Intent
    sentence: str
    """Says back what was understood."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something was done."""

    text: str
    request: str = ""
    """The same as a request that anybody may repeat; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Partial:
    """Offers were found that the answer is made from."""

    offers: Sequence[Offer]
    version: Version


@dataclass(frozen=True, slots=True)
class OffersShown:
    """Some of the offers that match."""

    offers: Sequence[Offer]
    total: int
    version: Version


@dataclass(frozen=True, slots=True)
class Series:
    """How one offer's price changed."""

    offer: Offer
    spans: Sequence[PriceSpan]
    """Newest first."""
    version: Version


Result: TypeAlias = OffersShown | Estimate | Comparison | Recommendation | CommitmentAnalysis | Series


@dataclass(frozen=True, slots=True)
class Answered:
    """The end: the whole answer."""

    text: str
    understood: Understood
    version: Version
    result: Result | None = None
    total: Figure | None = None
    """What something costs over all hours of the question."""
    passages: Sequence[Passage] = ()


Event: TypeAlias = Understood | Step | Partial | Answered
