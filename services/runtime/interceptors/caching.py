"""Answers methods whose contract declares a `cache_lifetime` from a cache: memory, then Redis, then the handler."""

import asyncio
import hashlib
import struct
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

import grpc
from prometheus_client import CollectorRegistry, Counter
from redis.asyncio import Redis

from services.runtime.cache import Breaker, Cache, MemoryCache, RedisCache, SingleFlight
from services.runtime.call import Call, enter
from services.runtime.clock import Clock, SystemClock
from services.runtime.errors import ErrorMap
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Method
from services.runtime.settings import RuntimeSettings

# The share of its remaining time that a caller waits for a fresh answer when an old one is at hand: what hangs is as
# good as what fails, and the caller shall have an answer in time.
_PATIENCE = 0.5
_MADE = struct.Struct("<d")

Make = Callable[[], Awaitable[bytes]]


class Answer(NamedTuple):
    """A serialised answer; `stale` is its age in whole seconds when it is older than its lifetime, else None."""

    raw: bytes
    stale: int | None = None


class _Entry(NamedTuple):
    """An answer as it is kept: when it was made, in seconds since 1970, and its bytes."""

    made: float
    raw: bytes


class _Made(NamedTuple):
    """What a handler answered, and what it says that the answer lacks."""

    raw: bytes
    missing: tuple[str, ...] = ()


class Caching(Stage):
    """Gives each cacheable method its cache; other methods never hear of it.

    It has no hooks: the executor asks the method's cache where it would ask the handler. So a cached answer has passed
    authorisation, admission and validation like any other, and counts in metrics and logs. Such an answer depends on
    the request alone: that is what declaring a lifetime promises. Entries are told apart by the service's version too,
    so that a new version never answers with an old one's words.
    """

    name = "caching"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "admission", "validation"})

    def __init__(
        self,
        settings: RuntimeSettings,
        errors: ErrorMap,
        registry: CollectorRegistry,
        redis: Redis | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._errors = errors
        self._redis = redis
        self._clock = clock or SystemClock()
        self._redis_breaker = Breaker()
        self._outcomes = Counter(
            "malha_cached_answers", "Answers of cacheable methods, by where they came from.",
            ("grpc_service", "grpc_method", "outcome"), registry=registry,
        )  # fmt: skip

    def of(self, method: Method) -> "AnswerCache | None":
        """The cache of a method, or None when its contract declares no lifetime."""
        if method.cache_lifetime <= 0 or self._settings.answer_cache_bytes == 0:
            return None
        ttl = timedelta(seconds=method.cache_lifetime + method.stale_if_error)
        shared = None
        if self._redis is not None:
            prefix = f"malha:answers:{self._settings.version}:{method.path}:"
            shared = RedisCache(self._redis, prefix, ttl, breaker=self._redis_breaker)
        memory = MemoryCache(self._settings.answer_cache_bytes, ttl, self._clock)
        return AnswerCache(method, memory, shared, self._errors, self._outcomes, self._clock)


class AnswerCache:
    """The answers of one method."""

    def __init__(
        self,
        method: Method,
        memory: Cache,
        shared: Cache | None,
        errors: ErrorMap,
        outcomes: Counter,
        clock: Clock,
    ) -> None:
        self._method = method
        self._memory = memory
        self._shared = shared
        self._errors = errors
        self._clock = clock
        # After some failures in a row nobody waits for another one as long as old answers serve.
        self._breaker = Breaker(clock=clock)
        self._lookups: SingleFlight[str, None] = SingleFlight()
        self._makings: SingleFlight[str, _Made] = SingleFlight()
        self._writes: set[asyncio.Task[None]] = set()
        self._hits, self._made, self._stale = (
            outcomes.labels(method.service, method.name, outcome) for outcome in ("hit", "made", "stale")
        )

    async def answer(self, call: Call, request: Any, make: Make) -> Answer:
        """The answer to `request`: a kept one that is young enough, else what `make` gives, else an old one.

        Raises:
            Exception: what `make` raised, when there is no old answer, or none may be served.
        """
        key = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
        known = await self._known(key)
        if (known is None or not self._fresh(known)) and self._shared is not None:
            await self._lookups.do(key, lambda: self._look_up(key))
            known = await self._known(key)
        if known is not None and self._fresh(known):
            self._hits.inc()
            return Answer(known.raw)
        if known is None or not self._usable(known):
            return self._counted(call, await self._renewed(key, call, make, None))
        if not self._breaker.allows():
            return self._old(known)
        remaining = call.remaining()
        try:
            made = await self._renewed(key, call, make, None if remaining is None else remaining * _PATIENCE)
        except Exception as error:
            if not self._excuses(error):
                raise
            self._breaker.failed()
            return self._old(known)
        self._breaker.succeeded()
        return self._counted(call, made)

    def _counted(self, call: Call, made: _Made) -> Answer:
        self._made.inc()
        for what in made.missing:
            call.lacks(what)
        return Answer(made.raw)

    def _old(self, entry: _Entry) -> Answer:
        self._stale.inc()
        return Answer(entry.raw, int(self._age(entry)))

    async def _renewed(self, key: str, call: Call, make: Make, seconds: float | None) -> _Made:
        async with asyncio.timeout(seconds):
            return await self._makings.do(key, lambda: self._make(key, call, make))

    async def _make(self, key: str, call: Call, make: Make) -> _Made:
        """Asks the handler, unless somebody has while this caller looked elsewhere."""
        known = await self._known(key)
        if known is not None and self._fresh(known):
            return _Made(known.raw)
        # All who wait share the outcome, so it is made in the method's time and not in that of whoever came first.
        work = call.detached()
        enter(work)
        raw = await make()
        if work.missing:
            return _Made(raw, work.missing)
        kept = _MADE.pack(self._now()) + raw
        await self._memory.set_many({key: kept})
        if self._shared is not None:
            self._write(self._shared, key, kept)
        return _Made(raw)

    def _write(self, shared: Cache, key: str, kept: bytes) -> None:
        """Tells the siblings, while the caller has its answer already."""
        task = asyncio.create_task(shared.set_many({key: kept}))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _known(self, key: str) -> _Entry | None:
        return _entry((await self._memory.get_many((key,))).get(key))

    async def _look_up(self, key: str) -> None:
        """Takes over what a sibling knows better."""
        if self._shared is None:
            return
        kept = (await self._shared.get_many((key,))).get(key)
        theirs, ours = _entry(kept), await self._known(key)
        if kept is not None and theirs is not None and (ours is None or theirs.made > ours.made):
            await self._memory.set_many({key: kept})

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _age(self, entry: _Entry) -> float:
        return max(0.0, self._now() - entry.made)

    def _fresh(self, entry: _Entry) -> bool:
        # The clock may have been set back since: what seems to come from the future is not trusted for longer either.
        return abs(self._now() - entry.made) < self._method.cache_lifetime

    def _usable(self, entry: _Entry) -> bool:
        return self._age(entry) < self._method.cache_lifetime + self._method.stale_if_error

    def _excuses(self, error: Exception) -> bool:
        """Whether something that the service needs does not answer; a fault of ours shows itself."""
        return isinstance(error, TimeoutError) or self._errors.to_failure(error).code is grpc.StatusCode.UNAVAILABLE


def _entry(kept: bytes | None) -> _Entry | None:
    if kept is None or len(kept) < _MADE.size:
        return None
    return _Entry(_MADE.unpack_from(kept)[0], kept[_MADE.size :])
