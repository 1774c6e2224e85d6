"""The second tier: Redis, shared by the replicas."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.runtime.cache.breaker import Breaker
from services.runtime.cache.metrics import CacheMetrics

_LOG = structlog.get_logger("cache")
# A cache slower than this is worse than none.
CALL_SECONDS = 0.25
# More than this in one round trip would hold the connection too long.
_LARGEST_VALUE = 8 * 1024 * 1024


class RedisCache:
    """Values in Redis under `prefix`, each for `ttl`. The client must not decode responses.

    Every call is bounded by 250 ms. A failure is a miss; after three in a row Redis is left alone for two seconds.
    """

    def __init__(
        self,
        redis: Redis,
        prefix: str,
        ttl: timedelta,
        *,
        metrics: CacheMetrics | None = None,
        breaker: Breaker | None = None,
        name: str = "redis",
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        self._ttl_milliseconds = int(ttl.total_seconds() * 1000)
        self._metrics = metrics
        self._breaker = breaker or Breaker()
        self._name = name

    async def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        if not keys or not self._breaker.allows():
            return self._counted({}, keys)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                values = await self._redis.mget([self._prefix + key for key in keys])
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
            return self._counted({}, keys)
        self._breaker.succeeded()
        pairs = zip(keys, values, strict=True)
        return self._counted({key: value for key, value in pairs if isinstance(value, bytes)}, keys)

    async def set_many(self, items: Mapping[str, bytes]) -> None:
        kept = {key: value for key, value in items.items() if len(value) <= _LARGEST_VALUE}
        if not kept or not self._breaker.allows():
            return
        try:
            async with asyncio.timeout(CALL_SECONDS):
                pipeline = self._redis.pipeline(transaction=False)
                for key, value in kept.items():
                    pipeline.set(self._prefix + key, value, px=self._ttl_milliseconds)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._failed(error)
        else:
            self._breaker.succeeded()

    def _counted(self, found: dict[str, bytes], keys: Sequence[str]) -> dict[str, bytes]:
        if self._metrics is not None:
            self._metrics.looked_up(self._name, len(found), len(keys) - len(found))
        return found

    def _failed(self, error: Exception) -> None:
        was_open = self._breaker.open
        self._breaker.failed()
        if self._metrics is not None:
            self._metrics.failed(self._name)
        if self._breaker.open and not was_open:
            _LOG.warning("cache does not answer; left alone for a while", tier=self._name, error=type(error).__name__)
