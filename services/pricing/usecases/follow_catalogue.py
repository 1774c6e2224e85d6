"""Keep the index that queries are answered from at the newest version."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from services.pricing.domain.index import Holder, NoCatalogue
from services.pricing.ports import CatalogueReader, VersionFeed
from services.pricing.usecases.read_version import read_version

_LOG = structlog.get_logger("catalogue")
_LOOK_SECONDS: Final = 30.0
_RETRY_SECONDS: Final = 1.0


class FollowCatalogue:
    """Loads the newest version at the start and every later one as soon as it is published, without a pause for those
    who read: they go on with the version that they have."""

    def __init__(self, catalogue: CatalogueReader, feed: VersionFeed, holder: Holder) -> None:
        self._catalogue = catalogue
        self._feed = feed
        self._holder = holder
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Loads what there is, and begins to follow. What the database refuses now is tried again later."""
        await self._try()
        self._task = asyncio.create_task(self._follow(), name="catalogue")

    async def close(self) -> None:
        """Ends."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def check(self) -> None:
        """Raises NoCatalogue until a version was loaded."""
        _ = self._holder.current

    async def load_newest(self) -> bool:
        """Takes the newest version if it is newer than what is held; whether it did."""
        version = await self._catalogue.newest()
        if version is None or version.number <= self._held():
            return False
        index = await read_version(self._catalogue, version)
        return self._holder.replace(index)

    async def _follow(self) -> None:
        while True:
            # Also when nothing was heard: a version that could not be read is tried again.
            await self._feed.after(self._held(), _LOOK_SECONDS)
            if not await self._try():
                await asyncio.sleep(_RETRY_SECONDS)

    async def _try(self) -> bool:
        try:
            if await self.load_newest():
                _LOG.info("catalogue loaded", version=self._held())
        except Exception as error:
            # Whatever it is, the version that is held is still good, and its age is told with every answer.
            _LOG.warning("the newest catalogue could not be loaded", error=type(error).__name__)
            return False
        return True

    def _held(self) -> int:
        try:
            return self._holder.current.version.number
        except NoCatalogue:
            return 0
