"""The client for Redis, bounded in time."""

import asyncio

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.runtime.settings import RuntimeSettings

_CALL_SECONDS = 0.25
_CONNECTIONS = 32


def make_redis(settings: RuntimeSettings) -> Redis:
    """A client for the settings' Redis, for short commands only: each answers within 250 ms or fails, without retry.

    A blocking read needs a client of its own with a longer timeout. Nothing connects before the first use; values come
    as bytes.

    Raises:
        SecretUnreadable: Redis's URL cannot be read.
    """
    return Redis.from_url(
        settings.redis_url().get_secret_value(),
        socket_timeout=_CALL_SECONDS,
        socket_connect_timeout=_CALL_SECONDS,
        max_connections=_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
        client_name=settings.replica,
        decode_responses=False,
    )


async def check(redis: Redis) -> None:
    """Returns when Redis answers; raises whatever the client does otherwise."""
    async with asyncio.timeout(_CALL_SECONDS * 2):
        await redis.ping()
