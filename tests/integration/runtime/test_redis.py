"""The cache and the registration, on a real Redis that is frozen and killed."""

import asyncio
import json
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from services.runtime.cache import Breaker, RedisCache
from services.runtime.redis import check, make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.settings import RuntimeSettings
from tests.support.programs import RedisProgram
from tests.support.waiting import eventually


def _settings(program: RedisProgram, folder: Path, **changes: Any) -> RuntimeSettings:
    file = folder / "redis-url"
    file.write_text(program.url)
    return RuntimeSettings(redis_url_file=file, component="analysis", replica="analysis-0", **changes)


async def test_a_frozen_redis_costs_a_quarter_of_a_second_then_nothing(own_redis: RedisProgram, tmp_path: Path) -> None:
    redis = make_redis(_settings(own_redis, tmp_path))
    cache = RedisCache(redis, "t:", timedelta(minutes=1), breaker=Breaker(failures=2, seconds=0.5))
    await cache.set_many({"a": b"1"})
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        for _ in range(2):
            began = time.monotonic()
            assert await cache.get_many(["a"]) == {}
            assert time.monotonic() - began < 2.0
        began = time.monotonic()
        assert await cache.get_many(["a"]) == {}
        await cache.set_many({"b": b"2"})
        assert time.monotonic() - began < 0.2, "less than one of them would have waited"
    finally:
        own_redis.process.send_signal(signal.SIGCONT)

    async def back() -> bool:
        return await cache.get_many(["a"]) == {"a": b"1"}

    await eventually(back)
    await check(redis)
    await redis.aclose()


async def test_a_dead_redis_is_a_miss(own_redis: RedisProgram, tmp_path: Path) -> None:
    redis = make_redis(_settings(own_redis, tmp_path))
    cache = RedisCache(redis, "t:", timedelta(minutes=1))
    own_redis.process.kill()
    own_redis.process.wait()
    await cache.set_many({"a": b"1"})
    assert await cache.get_many(["a"]) == {}
    await redis.aclose()


async def test_values_expire_in_redis(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    cache = RedisCache(redis, "expiry:", timedelta(milliseconds=50))
    await cache.set_many({"a": b"1"})

    async def gone() -> bool:
        return not await cache.get_many(["a"])

    await eventually(gone)
    await redis.aclose()


async def test_a_replica_announces_itself_drains_and_leaves(own_redis: RedisProgram, tmp_path: Path) -> None:
    settings = _settings(own_redis, tmp_path, zone="here")
    redis = make_redis(settings)
    key = "malha:registry:analysis:analysis-0"
    registration = RedisRegistration(redis, settings)
    await registration.announce("127.0.0.1:5000", "127.0.0.1:5001")
    entry = json.loads(await redis.get(key) or b"{}")
    assert entry["address"] == "127.0.0.1:5000"
    assert (entry["state"], entry["zone"], entry["weight"]) == ("ready", "here", 1)
    assert 2000 < await redis.pttl(key) <= 3000
    await redis.delete(key)

    async def returned() -> bool:
        return await redis.get(key) is not None

    await eventually(returned)
    await registration.drain()
    assert json.loads(await redis.get(key) or b"{}")["state"] == "draining"
    await registration.close()
    assert await redis.get(key) is None
    await redis.aclose()


async def test_a_registry_that_does_not_answer_stops_nobody(own_redis: RedisProgram, tmp_path: Path) -> None:
    settings = _settings(own_redis, tmp_path)
    redis = make_redis(settings)
    own_redis.process.kill()
    own_redis.process.wait()
    registration = RedisRegistration(redis, settings)
    async with asyncio.timeout(2):
        await registration.announce("127.0.0.1:5000", None)
        await registration.drain()
        await registration.close()
    await redis.aclose()


async def test_a_replica_that_was_never_ready_leaves_no_entry(own_redis: RedisProgram, tmp_path: Path) -> None:
    settings = _settings(own_redis, tmp_path)
    redis = make_redis(settings)
    registration = RedisRegistration(redis, settings)
    await registration.drain()
    assert await redis.keys("*") == []
    await registration.close()
    await redis.aclose()
