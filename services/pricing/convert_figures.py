"""From the domain's figures to the contract's.

An answer names its offers and has each of them once, with its source: `Named` collects them as figures are converted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from malha.pricing.v1 import offer_pb2, recommendation_pb2
from malha.pricing.v1.figure_pb2 import Figure as FigureMessage

from services.pricing.convert import OFFERS, PROVIDERS, PURCHASES, Enum, money_to_proto, offer_to_proto
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.rejections import Lost, Rejected
from services.pricing.domain.offers import Offer
from services.pricing.domain.versions import Version

_LOST = Enum(recommendation_pb2.RejectionReason, "REJECTION_REASON", Lost)


@dataclass(slots=True)
class Named:
    """The offers that an answer names."""

    version: Version
    found: dict[str, Offer] = field(default_factory=dict)

    def name(self, offer: Offer | None) -> str:
        """The offer's name, which the answer will have; empty for none."""
        if offer is None:
            return ""
        key = offer.key.id
        self.found.setdefault(key, offer)
        return f"{OFFERS}{key}"

    def figure(self, figure: Figure | None) -> FigureMessage | None:
        """An amount with its origin; None stays None."""
        if figure is None:
            return None
        return FigureMessage(
            amount=money_to_proto(figure.money),
            formula=figure.formula,
            offers=[self.name(offer) for offer in figure.offers],
            given=figure.given,
        )

    def offers(self) -> list[offer_pb2.Offer]:
        """All that were named."""
        return [offer_to_proto(offer, self.version.number) for offer in self.found.values()]


def rejected_to_proto(found: Iterable[Rejected], named: Named) -> list[recommendation_pb2.RejectedOption]:
    """Why options lost."""
    return [
        recommendation_pb2.RejectedOption(
            provider=PROVIDERS.number(each.options.provider),
            purchase_option=PURCHASES.number(each.options.purchase),
            term_months=each.options.term_months,
            reason=_LOST.number(each.reason),
            text=each.text,
            constraint=each.constraint,
            offer=named.name(each.offer),
            difference=named.figure(each.difference),
        )
        for each in found
    ]


def optional(number: Decimal | None) -> float | None:
    """A number for a field that may stay unset."""
    return None if number is None else float(number)
