"""Forget what is of no use any more: ended sessions, revocations and logins of devices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from services.runtime.clock import Clock

_LOG = structlog.get_logger("tokens")
# Clocks differ, and whoever asks for a thing that just ended should hear that it ended.
_MARGIN = timedelta(hours=1)


class Forgets(Protocol):
    """A store whose rows end by themselves."""

    async def forget(self, before: datetime) -> int:
        """Remove what ended before a moment; how much it was."""
        ...


@dataclass(frozen=True, slots=True)
class Forget:
    """Tidies up behind the stores."""

    stores: tuple[Forgets, ...]
    clock: Clock

    async def __call__(self) -> int:
        """Removes what ended a while ago; how much it was."""
        before = self.clock.now() - _MARGIN
        return sum([await store.forget(before) for store in self.stores])

    async def keep_forgetting(self, seconds: float) -> None:
        """Tidies up every `seconds`; what fails is tried again the next time. Never ends by itself."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self()
            except Exception as error:
                _LOG.warning("old tokens not removed", error=type(error).__name__)
