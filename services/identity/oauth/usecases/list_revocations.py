"""List revocations: what those who check tokens have to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.identity.oauth.ports import RevocationStore
from services.identity.revocations.domain import NumberedRevocation
from services.runtime.clock import Clock

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class RevocationPage:
    """Some revocations in order, the number to go on from, and whether there are more."""

    revocations: Sequence[NumberedRevocation]
    next_number: int
    more: bool


@dataclass(frozen=True, slots=True)
class ListRevocations:
    """Tells revocations in the order in which they were made."""

    store: RevocationStore
    clock: Clock

    async def __call__(self, after: int) -> RevocationPage:
        """Those behind the number `after` that are still of use."""
        found = await self.store.after(after, self.clock.now(), _PAGE + 1)
        page = found[:_PAGE]
        return RevocationPage(page, page[-1].number if page else after, len(found) > _PAGE)
