"""The windows' script on a real Redis whose clock a test sets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import msgspec
from redis.asyncio import Redis

from services.limits.adapters.redis_windows import SCRIPT

_TIME = "redis.call('TIME')"
_numbers = count()

Claim = tuple[str, int, int, int, int]
"""Key, calls, window in microseconds, cost, shadow."""


class SetClock:
    """Runs the script as it is, but for its question for the time."""

    def __init__(self, redis: Redis) -> None:
        assert SCRIPT.count(_TIME) == 1
        self._redis = redis
        self._script = SCRIPT.replace(_TIME, "{ARGV[2], ARGV[3]}")
        self.now = 1_800_000_000_000_000
        """In microseconds."""

    async def decide(self, *calls: Sequence[Claim]) -> list[list[int]]:
        """The answers to a batch of calls."""
        asked = msgspec.msgpack.encode([[value for claim in call for value in claim] for call in calls])
        seconds, micros = divmod(self.now, 1_000_000)
        raw = await self._redis.eval(self._script, 0, asked, seconds, micros)
        return msgspec.msgpack.decode(raw, type=list[list[int]])


def fresh_key() -> str:
    """A key that no other test uses."""
    return f"test:windows:{next(_numbers)}"
