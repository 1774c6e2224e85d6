"""How a load shares the record with others: it works on it in small portions, and leaves it alone in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_LONGEST_SECONDS: Final = 1.0
"""A pause is no longer: what took so long that it would have to be, has waited for others rather than worked."""


class Pace:
    """Keeps the record busy for a share of the time, above 0; 1 for no pauses at all.

    What works in the record has locks that others may wait for, so it cannot be given a low priority as other work that
    has time. But it can be short, and seldom.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._pause = 1 / share - 1

    @asynccontextmanager
    async def portion(self) -> AsyncIterator[None]:
        """A block that works in the record; a pause follows it, in proportion to how long it took."""
        began = time.perf_counter()
        yield
        if self._pause > 0:
            await asyncio.sleep(min(self._pause * (time.perf_counter() - began), _LONGEST_SECONDS))
