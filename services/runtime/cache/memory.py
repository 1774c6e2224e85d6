"""The first tier: the process's own memory."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from services.runtime.cache.metrics import CacheMetrics
from services.runtime.clock import Clock, SystemClock

# What an entry takes beside its key and value, about: two objects' headers, the dictionary's slot and the list's links.
_ENTRY_OVERHEAD = 256


class _Entry(NamedTuple):
    value: bytes
    expires: float


class MemoryCache:
    """Keeps the most recently used values within a budget of bytes, each at most for `ttl`."""

    def __init__(
        self,
        max_bytes: int,
        ttl: timedelta,
        clock: Clock | None = None,
        *,
        metrics: CacheMetrics | None = None,
        name: str = "memory",
    ) -> None:
        self._max_bytes = max_bytes
        self._ttl = ttl.total_seconds()
        self._clock = clock or SystemClock()
        self._metrics = metrics
        self._name = name
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """The bytes that the entries take, about."""
        return self._bytes

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        now = self._clock.monotonic()
        found: dict[str, bytes] = {}
        for key in keys:
            entry = self._entries.get(key)
            if entry is None:
                continue
            if entry.expires <= now:
                self._remove(key)
                continue
            self._entries.move_to_end(key)
            found[key] = entry.value
        if self._metrics is not None:
            self._metrics.looked_up(self._name, len(found), len(keys) - len(found))
        return found

    async def set_many(self, items: Mapping[str, bytes]) -> None:
        expires = self._clock.monotonic() + self._ttl
        for key, value in items.items():
            self._remove(key)
            cost = _cost(key, value)
            if cost > self._max_bytes:
                continue
            self._entries[key] = _Entry(value, expires)
            self._bytes += cost
        while self._bytes > self._max_bytes:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= _cost(key, entry.value)


def _cost(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_OVERHEAD
