"""The client for Redis, bounded in time."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from services.runtime import spans
from services.runtime.settings import RuntimeSettings

_CALL_SECONDS = 0.25
_CONNECTIONS = 32
_SYSTEM: dict[str, str | int] = {"db.system.name": "redis"}


class _TracedPipeline(Pipeline):
    """A pipeline that is a span when it is sent."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Sends what was queued; see redis-py."""
        attributes = {**_SYSTEM, "db.operation.name": "PIPELINE", "db.operation.batch.size": len(self.command_stack)}
        with spans.asking("PIPELINE", attributes):
            return await super().execute(raise_on_error)


class _TracedRedis(Redis):
    """A client whose commands are spans beneath that of their call. Keys and values are not told."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Sends a command; see redis-py."""
        with spans.asking(str(args[0]), {**_SYSTEM, "db.operation.name": str(args[0])}):
            return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # as redis-py has it

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """A queue for commands; see redis-py."""
        return _TracedPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def make_redis(settings: RuntimeSettings) -> Redis:
    """A client for the settings' Redis, for short commands only: each answers within 250 ms or fails, without retry.

    A blocking read needs a client of its own with a longer timeout. Nothing connects before the first use; values come
    as bytes.

    Raises:
        SecretUnreadable: Redis's URL cannot be read.
    """
    return _TracedRedis.from_url(
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
