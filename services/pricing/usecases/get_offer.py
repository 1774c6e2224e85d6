"""Get one offer of the newest version."""

from __future__ import annotations

from dataclasses import dataclass

from services.pricing.domain.errors import OfferNotFound
from services.pricing.domain.index import CatalogueIndex, Holder
from services.pricing.domain.offers import Offer


@dataclass(frozen=True, slots=True)
class GetOffer:
    """Finds an offer by its id."""

    holder: Holder

    def __call__(self, offer: str) -> tuple[Offer, CatalogueIndex]:
        """The offer and the version that it is of. Raises OfferNotFound, and NoCatalogue before the first version."""
        index = self.holder.current
        row = index.find_id(offer)
        if row is None:
            raise OfferNotFound(offer)
        return index.offer(row), index
