"""List the prices that an offer had."""

from __future__ import annotations

from dataclasses import dataclass

from services.pricing.domain.changes import PriceSpan
from services.pricing.domain.errors import OfferNotFound
from services.pricing.ports import HistoryReader


@dataclass(frozen=True, slots=True)
class ListPriceHistory:
    """Finds the spans of one offer, newest first."""

    history: HistoryReader

    async def __call__(self, offer: str, limit: int, before: int | None = None) -> tuple[list[PriceSpan], int | None]:
        """At most `limit` spans of the offer with this id, older than the span `before`; and what to give as `before`
        for the next page, None when there is none.

        Raises OfferNotFound when no version had the offer.
        """
        spans = await self.history.spans(offer, limit + 1, before)
        if not spans and not await self.history.known(offer):
            raise OfferNotFound(offer)
        return spans[:limit], spans[limit - 1].id if len(spans) > limit else None
