"""Get what is known of one version of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from services.pricing.domain.errors import CatalogueNotFound
from services.pricing.domain.index import Holder
from services.pricing.domain.versions import Version
from services.pricing.ports import CatalogueReader


@dataclass(frozen=True, slots=True)
class GetCatalogue:
    """Finds a version: the one that questions are answered from at the moment, or any that was published."""

    holder: Holder
    catalogue: CatalogueReader

    async def __call__(self, number: int | None) -> Version:
        """The version with this number, or the newest. Raises CatalogueNotFound, and NoCatalogue before the first."""
        current = self.holder.current.version
        if number in (None, current.number):
            return current
        found = await self.catalogue.version(number)
        if found is None:
            raise CatalogueNotFound(number)
        return found
