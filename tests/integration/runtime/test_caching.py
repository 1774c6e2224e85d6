"""Answers of methods with a `cache_lifetime`: fresh from a cache, old when nothing new can be had."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from redis.asyncio import Redis

from services.runtime.call import current
from services.runtime.exceptions import DependencyUnavailable
from services.testing.echo import EchoServicer
from tests.integration.runtime.conftest import Running, Start
from tests.support.programs import RedisProgram
from tests.support.waiting import eventually

LIFETIME_SECONDS = 1.0  # of EchoCached, by its contract


class Source:
    """The database's clock as a test likes it: answers, fails, or hangs."""

    def __init__(self) -> None:
        self.asked = 0
        self.failure: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def now(self) -> datetime:
        self.asked += 1
        current()  # whoever makes an answer still serves a call
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return datetime.now(UTC)


class Cached:
    """EchoCached of one server."""

    def __init__(self, running: Running, source: Source) -> None:
        self.running = running
        self.source = source

    async def ask(self, message: str = "hello", **options: Any) -> tuple[pb.EchoCachedResponse, dict[str, str]]:
        call = self.running.stub.EchoCached(pb.EchoCachedRequest(message=message), **{"timeout": 5, **options})
        answer = await call
        return answer, dict(await call.trailing_metadata())

    async def expire(self, message: str = "hello") -> None:
        """Waits until a kept answer is too old, by what the replica says of it."""
        hits = self.outcomes("hit")

        async def aged() -> bool:
            await self.ask(message)
            nonlocal hits
            before, hits = hits, self.outcomes("hit")
            return hits == before

        self.source.failure = DependencyUnavailable("database")
        await eventually(aged, 3)

    def outcomes(self, outcome: str) -> float:
        labels = {"grpc_service": "malha.testing.v1.EchoService", "grpc_method": "EchoCached", "outcome": outcome}
        return self.running.figure("malha_cached_answers_total", **labels)


@pytest.fixture
async def cached(start: Start) -> Cached:
    source = Source()
    return Cached(await start(EchoServicer(now=source.now)), source)


async def test_a_young_answer_is_served_again(cached: Cached) -> None:
    first, _ = await cached.ask()
    second, trailers = await cached.ask()
    assert first == second
    assert cached.source.asked == 1
    assert "x-malha-stale" not in trailers
    assert trailers["x-request-id"]
    assert (cached.outcomes("made"), cached.outcomes("hit")) == (1, 1)


async def test_another_request_has_another_answer(cached: Cached) -> None:
    assert [(await cached.ask(text))[0].message for text in ("a", "b", "a")] == ["a", "b", "a"]
    assert cached.source.asked == 2


async def test_an_answer_is_made_anew_when_its_lifetime_is_over(cached: Cached) -> None:
    first, _ = await cached.ask()

    async def renewed() -> bool:
        return (await cached.ask())[0].make_time != first.make_time

    await eventually(renewed, LIFETIME_SECONDS + 2)
    assert cached.source.asked == 2


async def test_callers_who_come_at_once_wait_for_one_answer(cached: Cached) -> None:
    cached.source.gate.clear()
    calls = [asyncio.create_task(cached.ask()) for _ in range(20)]
    await eventually(lambda: cached.source.asked == 1 and cached.running.figure("grpc_server_running") == 20)
    cached.source.gate.set()
    answers = [answer for answer, _ in await asyncio.gather(*calls)]
    assert all(answer == answers[0] for answer in answers)
    assert cached.source.asked == 1


async def test_who_comes_first_with_little_time_does_not_fail_those_behind(cached: Cached) -> None:
    cached.source.gate.clear()
    hurried = asyncio.create_task(cached.ask(timeout=0.3))
    await eventually(lambda: cached.source.asked == 1)
    patient = asyncio.create_task(cached.ask())
    with pytest.raises(grpc.aio.AioRpcError):
        await hurried
    cached.source.gate.set()
    assert (await patient)[0].message == "hello"
    assert cached.source.asked == 1


async def test_a_failure_reaches_the_caller_and_is_not_kept(cached: Cached) -> None:
    cached.source.failure = DependencyUnavailable("database")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await cached.ask()
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    cached.source.failure = None
    assert (await cached.ask())[0].message == "hello"


async def test_an_old_answer_serves_while_the_dependency_does_not(cached: Cached) -> None:
    first, _ = await cached.ask()
    await cached.expire()
    answer, trailers = await cached.ask()
    assert answer == first
    assert int(trailers["x-malha-stale"]) >= LIFETIME_SECONDS
    cached.source.failure = None

    async def renewed() -> bool:
        answer, trailers = await cached.ask()
        return answer != first and "x-malha-stale" not in trailers

    await eventually(renewed, 5)


async def test_a_dependency_that_hangs_costs_a_few_callers_half_their_time_and_the_rest_nothing(
    cached: Cached,
) -> None:
    first, _ = await cached.ask()
    await cached.expire()
    cached.source.failure = None
    cached.source.gate.clear()
    loop = asyncio.get_running_loop()
    quick = 0
    for _ in range(6):
        begun = loop.time()
        assert (await cached.ask(timeout=2.4))[0] == first
        took = loop.time() - begun
        assert took < 2.0
        quick += took < 0.8
    assert quick >= 3


async def test_a_fault_of_ours_is_not_hidden_behind_an_old_answer(cached: Cached) -> None:
    await cached.ask()
    await cached.expire()
    await eventually(lambda: _fails_with_internal(cached), 5)


async def _fails_with_internal(cached: Cached) -> bool:
    cached.source.failure = RuntimeError("canary-77")
    try:
        await cached.ask()
    except grpc.aio.AioRpcError as error:
        assert "canary" not in str(error)
        return error.code() is grpc.StatusCode.INTERNAL
    return False  # the breaker is still open from the failures before


async def test_an_invalid_request_is_refused_and_never_reaches_the_cache(cached: Cached) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await cached.ask("x" * 65_537)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert cached.source.asked == 0


@pytest.fixture
async def siblings(start: Start, own_redis: RedisProgram) -> AsyncIterator[tuple[Cached, Cached]]:
    """Two replicas that share a Redis."""
    redis = Redis.from_url(own_redis.url)
    version = f"test-{uuid.uuid4().hex}"
    pair = []
    for _ in range(2):
        source = Source()
        servicer = EchoServicer(now=source.now)
        pair.append(Cached(await start(servicer, redis=redis, version=version), source))
    yield pair[0], pair[1]
    await redis.aclose()


async def _told(program: RedisProgram) -> None:
    """Waits until an answer is in Redis: it is put there while its caller has it already."""
    async with Redis.from_url(program.url) as redis:

        async def there() -> bool:
            return int(await redis.dbsize()) > 0

        await eventually(there)


async def test_replicas_share_answers(siblings: tuple[Cached, Cached], own_redis: RedisProgram) -> None:
    one, other = siblings
    first, _ = await one.ask()
    await _told(own_redis)
    assert (await other.ask())[0] == first
    assert other.source.asked == 0


async def test_a_sibling_s_old_answer_serves_too(siblings: tuple[Cached, Cached], own_redis: RedisProgram) -> None:
    one, other = siblings
    first, _ = await one.ask()
    await _told(own_redis)
    await one.expire()
    other.source.failure = DependencyUnavailable("database")
    answer, trailers = await other.ask()
    assert answer == first
    assert "x-malha-stale" in trailers


async def test_a_dead_redis_is_not_noticed(siblings: tuple[Cached, Cached], own_redis: RedisProgram) -> None:
    one, _ = siblings
    own_redis.process.kill()
    own_redis.process.wait()
    first, _ = await one.ask()
    assert (await one.ask())[0] == first
    assert one.source.asked == 1


async def test_a_service_that_caches_nothing_by_its_settings_asks_each_time(start: Start) -> None:
    source = Source()
    cached = Cached(await start(EchoServicer(now=source.now), answer_cache_bytes=0), source)
    await cached.ask()
    await cached.ask()
    assert source.asked == 2
