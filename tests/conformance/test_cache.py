"""What every cache promises, tried on each."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from services.runtime.cache import Cache, MemoryCache, RedisCache, TieredCache
from tests.support.clock import FakeClock

TTL = timedelta(seconds=60)


@pytest.fixture(params=["memory", "redis", "tiered"])
async def cache(request: pytest.FixtureRequest, clock: FakeClock) -> AsyncIterator[Cache]:
    """Each implementation in turn, empty."""
    memory = MemoryCache(1_000_000, TTL, clock)
    if request.param == "memory":
        yield memory
        return
    redis = Redis.from_url(request.getfixturevalue("redis_url"))
    shared = RedisCache(redis, f"test:{uuid.uuid4()}:", TTL)
    yield shared if request.param == "redis" else TieredCache([memory, shared])
    await redis.aclose()


async def test_an_unknown_key_is_a_miss(cache: Cache) -> None:
    assert await cache.get_many(["nothing"]) == {}


async def test_what_was_set_is_got_byte_by_byte(cache: Cache) -> None:
    items = {"empty": b"", "zero": b"\x00\xff", "text": "maçã".encode()}
    await cache.set_many(items)
    assert await cache.get_many(list(items)) == items


async def test_only_known_keys_come_back(cache: Cache) -> None:
    await cache.set_many({"a": b"1"})
    assert await cache.get_many(["a", "b"]) == {"a": b"1"}


async def test_the_last_value_wins(cache: Cache) -> None:
    await cache.set_many({"a": b"1"})
    await cache.set_many({"a": b"2"})
    assert await cache.get_many(["a"]) == {"a": b"2"}


async def test_nothing_asked_nothing_got(cache: Cache) -> None:
    await cache.set_many({})
    assert await cache.get_many([]) == {}


async def test_a_repeated_key_is_one_key(cache: Cache) -> None:
    await cache.set_many({"a": b"1"})
    assert await cache.get_many(["a", "a"]) == {"a": b"1"}


async def test_keys_may_hold_any_text(cache: Cache) -> None:
    items = {"with space": b"1", "ключ": b"2", "a:b*?[]": b"3"}
    await cache.set_many(items)
    assert await cache.get_many(list(items)) == items
