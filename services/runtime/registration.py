"""Tells the registry that this replica lives, until it does not."""

import asyncio
import os
from contextlib import suppress
from enum import StrEnum
from typing import Protocol

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.runtime.settings import RuntimeSettings

_LOG = structlog.get_logger("registration")
TTL_MILLISECONDS = 3000
# The keys of all replicas, so that nobody has to look through everything else that is in Redis to find them.
INDEX = "malha:registry"
INTERVAL_SECONDS = 1.0
_CALL_SECONDS = 0.25


class ReplicaState(StrEnum):
    """Whether a replica takes new calls."""

    READY = "ready"
    DRAINING = "draining"


class Registration(Protocol):
    """Where a server announces itself."""

    async def announce(self, address: str, metrics_address: str | None) -> None:
        """The replica serves at `address` from now on."""

    async def drain(self) -> None:
        """The replica takes no new calls from now on."""

    async def close(self) -> None:
        """The replica is gone."""


class RedisRegistration:
    """Heartbeats in Redis: a key with a life of three seconds, written every second.

    A Redis that does not answer costs nothing but the entry: the replica serves on, and comes back with the next beat.
    """

    def __init__(self, redis: Redis, settings: RuntimeSettings) -> None:
        self._redis = redis
        self._settings = settings
        self._key = f"malha:registry:{settings.component}:{settings.replica}"
        self._entry: dict[str, object] = {}
        self._task: asyncio.Task[None] | None = None
        self._failing = False

    async def announce(self, address: str, metrics_address: str | None) -> None:
        settings = self._settings
        self._entry = {
            "component": settings.component,
            "replica": settings.replica,
            "address": address,
            "metrics_address": metrics_address,
            "version": settings.version,
            "zone": settings.zone,
            "weight": settings.weight,
            "state": ReplicaState.READY.value,
            "pid": os.getpid(),
        }
        await self._beat()
        self._task = asyncio.create_task(self._keep_beating(), name="registration")

    async def drain(self) -> None:
        if not self._entry:
            return  # never announced: an entry without address would mislead its readers
        self._entry["state"] = ReplicaState.DRAINING.value
        await self._beat()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_CALL_SECONDS):
                await self._redis.delete(self._key)

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            await self._beat()

    async def _beat(self) -> None:
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                pipeline = self._redis.pipeline(transaction=False)
                pipeline.set(self._key, msgspec.json.encode(self._entry), px=TTL_MILLISECONDS)
                pipeline.sadd(INDEX, self._key)
                await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            if not self._failing:
                _LOG.warning("registry does not answer", error=type(error).__name__)
            self._failing = True
        else:
            if self._failing:
                _LOG.info("registry answers again")
            self._failing = False
