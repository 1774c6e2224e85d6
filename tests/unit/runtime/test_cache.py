"""What is particular to one cache: room, age, the breaker, and one computation for each key."""

import asyncio
from datetime import timedelta

import pytest

from services.runtime.cache import Breaker, MemoryCache, SingleFlight, TieredCache
from tests.support.clock import FakeClock

TTL = timedelta(seconds=10)


async def test_memory_forgets_what_is_old(clock: FakeClock) -> None:
    cache = MemoryCache(10_000, TTL, clock)
    await cache.set_many({"a": b"1"})
    clock.advance(9.9)
    assert await cache.get_many(["a"])
    clock.advance(0.1)
    assert not await cache.get_many(["a"])
    assert cache.size == 0


async def test_memory_keeps_what_was_used_last_within_its_room(clock: FakeClock) -> None:
    cache = MemoryCache(3 * 1256 + 10, TTL, clock)
    for key in "abc":
        await cache.set_many({key: b"x" * 999})
    await cache.get_many(["a"])
    await cache.set_many({"d": b"x" * 999})
    assert set(await cache.get_many(list("abcd"))) == {"a", "c", "d"}
    assert cache.size <= 3 * 1256 + 10


async def test_memory_refuses_what_is_larger_than_all_its_room(clock: FakeClock) -> None:
    cache = MemoryCache(1000, TTL, clock)
    await cache.set_many({"small": b"1", "large": b"x" * 2000})
    assert set(await cache.get_many(["small", "large"])) == {"small"}


async def test_a_slower_tier_fills_the_quicker_one(clock: FakeClock) -> None:
    quick, slow = MemoryCache(10_000, TTL, clock), MemoryCache(10_000, TTL, clock)
    await slow.set_many({"a": b"1"})
    assert await TieredCache([quick, slow]).get_many(["a", "b"]) == {"a": b"1"}
    assert await quick.get_many(["a"]) == {"a": b"1"}


def test_a_breaker_opens_lets_one_try_and_closes(clock: FakeClock) -> None:
    breaker = Breaker(failures=2, seconds=1, clock=clock)
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert breaker.open
    assert not breaker.allows()
    clock.advance(1)
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


class Work:
    """A computation that waits until it is told to go on."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.started = 0
        self.cancelled = 0

    async def __call__(self) -> int:
        self.started += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 42


async def _ask(flight: SingleFlight[str, int], work: Work, count: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(flight.do("key", work)) for _ in range(count)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_many_askers_share_one_computation() -> None:
    flight, work = SingleFlight[str, int](), Work()
    tasks = await _ask(flight, work, 5)
    work.go.set()
    assert await asyncio.gather(*tasks) == [42] * 5
    assert work.started == 1
    assert len(flight) == 0


async def test_one_who_leaves_does_not_hurt_the_others() -> None:
    flight, work = SingleFlight[str, int](), Work()
    tasks = await _ask(flight, work, 3)
    tasks[0].cancel()
    await asyncio.sleep(0)
    work.go.set()
    assert await asyncio.gather(*tasks[1:]) == [42, 42]
    assert tasks[0].cancelled()


async def test_the_last_to_leave_stops_the_computation() -> None:
    flight, work = SingleFlight[str, int](), Work()
    tasks = await _ask(flight, work, 2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
    assert work.cancelled == 1
    assert len(flight) == 0


async def test_an_exception_reaches_every_asker_and_is_not_remembered() -> None:
    flight = SingleFlight[str, int]()

    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError

    outcomes = await asyncio.gather(flight.do("a", fail), flight.do("a", fail), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
    work = Work()
    work.go.set()
    assert await flight.do("a", work) == 42


@pytest.mark.parametrize("count", [1, 3])
async def test_different_keys_do_not_wait_for_each_other(count: int) -> None:
    flight, slow, quick = SingleFlight[str, int](), Work(), Work()
    waiting = asyncio.create_task(flight.do("slow", slow))
    quick.go.set()
    for number in range(count):
        assert await flight.do(f"quick {number}", quick) == 42
    assert not waiting.done()
    slow.go.set()
    assert await waiting == 42
