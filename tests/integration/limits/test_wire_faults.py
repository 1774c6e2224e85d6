"""Peers that do not keep to what a call is, and the end of a server."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from services.limits.wire import frames
from services.limits.wire import lifetime as lifetimes
from services.limits.wire import streams as streams_of
from services.limits.wire.frames import Code, frame, reset
from tests.integration.limits.raw_client import HOLD, Served, connected, serving, status
from tests.support.waiting import eventually


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as running:
        yield running


async def test_rapid_resets_end_the_connection_and_nobody_elses(served: Served) -> None:
    async with connected(served) as honest, connected(served) as hasty:
        assert await honest.serves(1)
        for number in range(3_000):
            stream = 2 * number + 1
            hasty.send(hasty.head(stream), reset(stream, Code.CANCEL))
        assert await hasty.farewell() is Code.ENHANCE_YOUR_CALM
        assert await honest.serves(3)
    await eventually(lambda: served.running == 0)


@pytest.mark.parametrize(
    "flood",
    [frame(frames.PING, 0, 0, bytes(8)), frame(frames.SETTINGS, 0, 0), frame(frames.PRIORITY, 0, 1, bytes(5))],
)
async def test_frames_that_ask_for_nothing_are_bounded(served: Served, flood: bytes) -> None:
    async with connected(served) as client:
        client.send(flood * 10_000)
        assert await client.farewell() is Code.ENHANCE_YOUR_CALM


async def test_a_body_in_endless_pieces_is_bounded(served: Served) -> None:
    async with connected(served) as client:
        client.send(client.head(1), frame(frames.DATA, 0, 1) * 10_000)
        assert await client.farewell() is Code.ENHANCE_YOUR_CALM


async def test_a_body_that_does_not_end_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_of, "_CALL_SECONDS", 0.1)
    async with connected(served) as client:
        client.send(client.head(1), client.body(1, flags=0))
        fields, _ = await client.outcome(1)
        assert status(fields).name == "DEADLINE_EXCEEDED"
        assert (await client.until(frames.RST_STREAM))[3] == bytes(4)
        assert await client.serves(3)


async def test_an_answer_that_nobody_takes_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_of, "_CALL_SECONDS", 0.1)
    async with connected(served, greet=False) as client:
        client.greet([(frames.INITIAL_WINDOW_SIZE, 0)])
        client.ask(1)
        assert (await client.until(frames.RST_STREAM))[3] == Code.CANCEL.to_bytes(4, "big")


async def test_who_says_nothing_is_sent_away(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetimes, "_FIRST_WORDS", 0.1)
    async with connected(served, greet=False) as silent, connected(served, greet=False) as halfway:
        halfway.send(frames.PREFACE)
        assert await silent.farewell() is Code.SETTINGS_TIMEOUT
        assert await halfway.farewell() is Code.SETTINGS_TIMEOUT
        assert await silent.frame() is None


async def test_a_connection_whose_other_end_is_gone_is_noticed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half open: the peer has vanished and no packet says so. It is asked, and does not answer."""
    monkeypatch.setattr(lifetimes, "_SILENCE", 0.1)
    monkeypatch.setattr(lifetimes, "_NO_ECHO", 0.3)
    async with connected(served) as client:
        assert await client.serves(1)
        assert (await client.until(frames.PING))[1] == 0
        while await client.frame() is not None:
            pass


async def test_who_does_not_read_answers_is_not_read_and_then_left(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifetimes, "_STUCK", 0.2)
    async with connected(served, greet=False) as client, connected(served) as other:
        client.greet([(frames.INITIAL_WINDOW_SIZE, 2**31 - 1)])
        client.send(frames.window_update(0, 2**30))
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        stream = 1
        while not client.writer.transport.is_closing() and stream < 200_000:
            client.ask(stream, b"x" * 16_000)
            stream += 2
            try:
                await asyncio.wait_for(client.writer.drain(), 0.05)
            except TimeoutError:
                break
            except ConnectionError:
                return
        assert await other.serves(1)
        await eventually(lambda: served.server.connections == 1, 10)


async def test_a_server_that_stops_finishes_what_runs_and_takes_nothing_new() -> None:
    async with serving() as served, connected(served) as client:
        client.ask(1, **{":path": HOLD})
        await eventually(lambda: len(served.held) == 1)
        stopping = asyncio.create_task(served.server.stop(10))
        assert int.from_bytes((await client.until(frames.GOAWAY))[3][:4], "big") == 2**31 - 1
        ping = await client.until(frames.PING)
        client.ask(3)  # on its way when the announcement came
        client.send(frame(frames.PING, frames.ACK, 0, ping[3]))
        assert (await client.outcome(3))[1] == b"hello"
        assert int.from_bytes((await client.until(frames.GOAWAY))[3][:4], "big") == 3
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", int(served.address.rpartition(":")[2]))
        served.held[0].answer(b"done")
        assert (await client.outcome(1))[1] == b"done"
        assert await client.frame() is None
        await stopping


async def test_a_call_that_outlives_the_grace_is_told_so() -> None:
    async with serving() as served, connected(served) as client:
        client.ask(1, **{":path": HOLD})
        await eventually(lambda: len(served.held) == 1)
        stopping = asyncio.create_task(served.server.stop(0.3))
        fields, _ = await client.outcome(1)
        assert status(fields).name == "UNAVAILABLE"
        await stopping


async def test_an_old_connection_is_asked_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifetimes, "_FAREWELL", 0.1)
    async with serving(seconds=0.1) as served, connected(served) as client:
        await client.until(frames.GOAWAY)
        while await client.frame() is not None:
            pass


@pytest.mark.parametrize("seed", range(20))
async def test_noise_ends_its_own_connection_at_most(served: Served, seed: int) -> None:
    noise = random.Random(seed)
    async with connected(served) as client:
        for _ in range(200):
            kind, flags, stream = noise.randrange(11), noise.choice([0, 1, 4, 5, 8, 0x20, 0xFF]), noise.randrange(8)
            payload = noise.choice([noise.randbytes(noise.randrange(40)), client.head(1)[9:], bytes(8), bytes(4)])
            client.send(frame(kind, flags, stream, payload))
        while (got := await client.frame()) is not None and got[0] != frames.GOAWAY:
            if got[0] == frames.PING:
                break
    async with connected(served) as honest:
        assert await honest.serves(1)
    await eventually(lambda: served.running == 0)
