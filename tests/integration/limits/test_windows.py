"""The sliding windows: never too much in any window, and what was used comes back in time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from tests.integration.limits.windows import SetClock, fresh_key

WINDOW = 60_000_000
SLOT = WINDOW // 120


@pytest.fixture
async def clock(redis_url: str) -> AsyncIterator[SetClock]:
    redis = Redis.from_url(redis_url)
    yield SetClock(redis)
    await redis.aclose()


async def test_the_whole_limit_at_once_and_then_nothing_for_a_window(clock: SetClock) -> None:
    call = [(fresh_key(), 10, WINDOW, 1, 0)]
    answers = await clock.decide(*[call] * 12)
    assert [answer[:2] for answer in answers] == [[1, 9 - n] for n in range(10)] + [[0, 0]] * 2
    clock.now += WINDOW - 1
    assert (await clock.decide(call))[0][0] == 0
    clock.now += SLOT + 1
    assert [answer[0] for answer in await clock.decide(*[call] * 11)] == [1] * 10 + [0]


async def test_two_bursts_at_a_windows_edge_are_one(clock: SetClock) -> None:
    call = [(fresh_key(), 10, WINDOW, 1, 0)]
    clock.now += WINDOW - clock.now % WINDOW - 100
    before = await clock.decide(*[call] * 20)
    clock.now += 200
    after = await clock.decide(*[call] * 20)
    assert sum(answer[0] for answer in before + after) == 10


async def test_a_call_takes_from_all_its_limits_or_from_none(clock: SetClock) -> None:
    own, everyone = fresh_key(), fresh_key()
    call = [(own, 10, WINDOW, 1, 0), (everyone, 2, WINDOW, 1, 0)]
    answers = await clock.decide(call, call, call, [call[0]])
    assert [answer[0] for answer in answers] == [1, 1, 1, 1]
    assert [answer[3] for answer in answers[:3]] == [1, 1, 0]
    # The third was refused by the second limit, so the first has given out three, not four.
    assert answers[3][1] == 7


async def test_a_shadow_counts_and_refuses_nobody(clock: SetClock) -> None:
    own, shadow = fresh_key(), fresh_key()
    call = [(own, 10, WINDOW, 1, 0), (shadow, 1, WINDOW, 1, 1)]
    answers = await clock.decide(*[call] * 3)
    assert [(answer[0], answer[1], answer[3]) for answer in answers] == [(1, 9, 1), (1, 8, 0), (1, 7, 0)]


async def test_a_limit_that_is_lowered_or_raised_keeps_what_was_used(clock: SetClock) -> None:
    key = fresh_key()
    await clock.decide(*[[(key, 10, WINDOW, 1, 0)]] * 8)
    lower = (await clock.decide([(key, 5, WINDOW, 1, 0)]))[0]
    assert lower[:2] == [0, 0]
    assert (await clock.decide([(key, 20, WINDOW, 1, 0)]))[0][:2] == [1, 11]


async def test_a_clock_that_is_set_back_gives_nothing_away(clock: SetClock) -> None:
    call = [(fresh_key(), 10, WINDOW, 1, 0)]
    await clock.decide(*[call] * 10)
    clock.now -= 3600 * 1_000_000
    assert (await clock.decide(call))[0][0] == 0
    clock.now += 3600 * 1_000_000 + WINDOW + SLOT
    assert (await clock.decide(call))[0][0] == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(1, 12),
    window=st.sampled_from([1_000_000, 60_000_000, 3_600_000_000]),
    steps=st.lists(st.tuples(st.floats(0, 0.7), st.integers(1, 5)), min_size=1, max_size=40),
)
async def test_against_a_log_of_every_call(
    clock: SetClock, limit: int, window: int, steps: list[tuple[float, int]]
) -> None:
    """Beside a log of all that was allowed: never more than the limit in any window, and nobody is refused for what was
    used longer ago than a window and a slot."""
    key, longest = fresh_key(), 121 * -(-window // 120)
    used: list[tuple[int, int]] = []
    for share, wanted in steps:
        clock.now += int(share * window)
        cost = min(wanted, limit)
        fits, remaining, after = (await clock.decide([(key, limit, window, cost, 0)]))[0]
        within = sum(n for when, n in used if when > clock.now - window)
        lately = sum(n for when, n in used if when > clock.now - longest)
        if fits:
            assert within + cost <= limit
            used.append((clock.now, cost))
            assert limit - lately - cost <= remaining <= limit - within - cost
        else:
            assert lately + cost > limit
            # After the time that it names, and not before, there is room.
            assert 0 < after <= longest
            clock.now += after
            again = (await clock.decide([(key, limit, window, cost, 0)]))[0]
            assert again[0] == 1
            used.append((clock.now, cost))
