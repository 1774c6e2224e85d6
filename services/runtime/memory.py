"""How much memory the process holds, against how much it should."""

import asyncio

import psutil
import structlog

_LOG = structlog.get_logger("memory")
# A look costs some 20 microseconds; in this time a process takes a few hundred MiB at most.
_LOOK_SECONDS = 0.1


class Memory:
    """Looks at the process's resident set ten times a second, so that nobody has to look when a call comes.

    A `limit` of 0 bytes means that there is none.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.scarce = False
        self._process = psutil.Process()

    async def keep_looking(self) -> None:
        """Looks again and again, until cancelled."""
        while self.limit:
            self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    def look(self) -> None:
        """Looks now."""
        resident = self._process.memory_info().rss
        scarce = resident > self.limit > 0
        if scarce is not self.scarce:
            _LOG.warning("memory", scarce=scarce, resident=resident, limit=self.limit)
        self.scarce = scarce
