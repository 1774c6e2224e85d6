"""Watch how prices change."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

from services.pricing.domain.changes import PriceChange
from services.pricing.domain.index import values_of
from services.pricing.ports import ChangeReader, VersionFeed
from services.runtime.exceptions import Overloaded
from services.runtime.listing.ast import Expression
from services.runtime.listing.matching import matches

MOST_WATCHERS: Final = 64
"""Streams that one process serves at once."""
_PAGE: Final = 500
_ALIVE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A change, or a sign of life."""

    change: PriceChange | None
    newest: int
    """The newest version's number."""
    sequence: int
    """All changes up to this one were looked at: whoever comes back begins here."""


class WatchPriceChanges:
    """Tells of changes as versions are published. What nobody takes is not read: at most a page of it is held for each
    stream, however slow the caller."""

    def __init__(
        self,
        changes: ChangeReader,
        feed: VersionFeed,
        *,
        most: int = MOST_WATCHERS,
        alive_seconds: float = _ALIVE_SECONDS,
    ) -> None:
        self._changes = changes
        self._feed = feed
        self._most = most
        self._alive_seconds = alive_seconds
        self._watchers = 0

    async def __call__(self, wanted: Expression, after: int) -> AsyncGenerator[Watched]:
        """The changes behind the sequence number `after` that pass the filter (over
        `services.pricing.domain.index.FIELDS`), in order, none left out and none twice; 0 means from now on. It never
        ends by itself. When there is nothing to tell for a while, it gives a sign of life.

        Raises Overloaded when too many watch.
        """
        if self._watchers >= self._most:
            raise Overloaded(self._most)
        self._watchers += 1
        try:
            at = after or await self._changes.last_sequence()
            while True:
                # Asked before we look: what is published while we do is news afterwards.
                newest = await self._feed.after(0, 0)
                while page := await self._changes.changes(at, _PAGE):
                    for change in page:
                        at = change.sequence
                        newest = max(newest, change.version)
                        if matches(wanted, values_of(change.offer)):
                            yield Watched(change, newest, at)
                if await self._feed.after(newest, self._alive_seconds) <= newest:
                    yield Watched(None, newest, at)
        finally:
            self._watchers -= 1
