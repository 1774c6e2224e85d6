"""What was used lately, in Redis: one script, by Redis's clock, for all decisions that wait at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import NoScriptError, RedisError

from services.limits.adapters.patience import Patience
from services.limits.domain.decision import Standing
from services.limits.domain.policy import Claim
from services.limits.ports import Taken
from services.runtime.cache.breaker import Breaker

_LOG = structlog.get_logger("limits")
SCRIPT: Final = Path(__file__).with_name("windows.lua").read_text()
SHA: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
PREFIX: Final = "malha:limits:"
# Envoy waits 50 ms for a decision. What it hears before that it can count and log as what it was.
ANSWER_SECONDS: Final = 0.035
# Redis does nothing else while the script runs.
_BATCH: Final = 64
_FAILURES: Final = 3
_OPEN_SECONDS: Final = 0.5

_encoder = msgspec.msgpack.Encoder()
_answers = msgspec.msgpack.Decoder(list[list[int]])
_Waiting = tuple[list[str | int], Taken]


class RedisWindows:
    """One batch is under way at a time; what arrives meanwhile goes with the next. So a quiet limiter answers at once,
    and a busy one asks Redis less often than it is asked.

    When Redis does not answer in time, everyone who waits is told. After three such batches it is asked only now and
    then, and the others are told without waiting.
    """

    def __init__(self, redis: Redis, breaker: Breaker | None = None) -> None:
        self._redis = redis
        self._breaker = breaker or Breaker(_FAILURES, _OPEN_SECONDS)
        self._waiting: list[_Waiting] = []
        self._running: asyncio.Task[None] | None = None
        self._failing = False
        self._connection: AbstractConnection | None = None

    def take(self, claims: Sequence[Claim], taken: Taken) -> None:
        """See `Windows.take`. The bound is 35 ms, for a batch that is under way, and with it for those who wait."""
        if self._running is None:
            if not self._breaker.allows():
                taken(None)
                return
            self._running = asyncio.get_running_loop().create_task(self._serve(), name="windows")
        elif self._breaker.open:
            taken(None)
            return
        self._waiting.append((_call(claims), taken))

    async def close(self) -> None:
        """Waits for the batch that is under way, and leaves Redis."""
        if self._running is not None:
            await asyncio.wait([self._running])
        if self._connection is not None:
            await self._connection.disconnect()

    async def _serve(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._decide(batch)
        finally:
            self._running = None

    async def _decide(self, batch: list[_Waiting]) -> None:
        try:
            async with Patience(ANSWER_SECONDS):
                answers = await self._ask(_encoder.encode([call for call, _ in batch]))
        except (RedisError, OSError, TimeoutError, msgspec.DecodeError) as error:
            self._failed(batch, error)
            return
        self._breaker.succeeded()
        if self._failing:
            _LOG.info("redis answers again")
            self._failing = False
        for (_, taken), flat in zip(batch, answers, strict=True):
            taken([Standing(flat[i] == 1, flat[i + 1], -(-flat[i + 2] // 1000)) for i in range(0, len(flat), 3)])

    async def _ask(self, calls: bytes) -> list[list[int]]:
        """Over a connection of its own: to go through the pool, the retries and the figures of redis-py for one command
        at a time costs several times what is needed to send it."""
        if self._connection is None:
            pool: Any = self._redis.connection_pool  # as redis-py has it, without types
            self._connection = pool.make_connection()
        try:
            raw = await self._command("EVALSHA", SHA, 0, calls)
        except NoScriptError:  # a Redis that has just started
            raw = await self._command("EVAL", SCRIPT, 0, calls)
        return _answers.decode(raw)

    async def _command(self, *parts: str | int | bytes) -> bytes:
        connection = self._connection
        assert connection is not None
        # Connects where it must; whatever goes wrong while the answer is read closes the connection.
        await connection.send_command(*parts)
        answer: bytes = await connection.read_response()
        return answer

    def _failed(self, batch: list[_Waiting], error: Exception) -> None:
        """Tells those of the batch, and those who came while it was under way: they have waited for the same."""
        self._breaker.failed()
        if not self._failing:
            _LOG.warning("redis does not answer", error=type(error).__name__)
            self._failing = True
        batch, self._waiting = batch + self._waiting, []
        for _, taken in batch:
            taken(None)


def _call(claims: Sequence[Claim]) -> list[str | int]:
    flat: list[str | int] = []
    for claim in claims:
        limit = claim.limit
        # The window is part of the key: where its length changes, its slots would not fit.
        key = f"{PREFIX}{claim.subject}:{limit.window_ms}"
        flat += (key, limit.calls, limit.window_ms * 1000, claim.cost, int(limit.shadow))
    return flat
