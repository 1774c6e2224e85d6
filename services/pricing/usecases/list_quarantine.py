"""List rows that were read and not published, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.pricing.domain.offers import Provider
from services.pricing.domain.quarantine import QuarantinedRow, QuarantineState
from services.pricing.ports import QuarantineReader
from services.runtime.listing.fields import STRING, TIMESTAMP, FieldType
from services.runtime.listing.page import Page

FIELDS: Final = {
    "provider": FieldType.enum(*(provider.name for provider in Provider), prefix="PROVIDER_"),
    "reason": STRING,
    "state": FieldType.enum(*(state.name for state in QuarantineState), prefix="QUARANTINE_STATE_"),
    "source": STRING,
    "first_seen_time": TIMESTAMP,
    "last_seen_time": TIMESTAMP,
}
"""What a filter may name."""


@dataclass(frozen=True, slots=True)
class ListQuarantine:
    """Finds a page of quarantined rows."""

    reader: QuarantineReader

    async def __call__(self, page: Page) -> list[QuarantinedRow]:
        """The rows of the page and one more if there is one."""
        return await self.reader.page(page)
