"""A bound in time that does not hold our own lateness against others."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from services.limits.adapters.patience import Patience


async def _pair() -> tuple[asyncio.StreamReader, asyncio.StreamWriter, socket.socket]:
    here, there = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=here)
    return reader, writer, there


async def test_an_answer_that_was_there_in_time_counts_however_late_the_loop_looks() -> None:
    reader, writer, there = await _pair()

    def busy() -> None:
        there.send(b"answer")
        until = time.perf_counter() + 0.05
        while time.perf_counter() < until:
            pass

    asyncio.get_running_loop().call_later(0.001, busy)
    async with Patience(0.01):
        assert await reader.readexactly(6) == b"answer"
    writer.close()
    there.close()


async def test_who_waits_for_nothing_is_told_in_time() -> None:
    reader, writer, there = await _pair()
    began = time.perf_counter()
    with pytest.raises(TimeoutError):
        async with Patience(0.02):
            await reader.read()
    assert 0.02 <= time.perf_counter() - began < 1
    # And the task can wait for something else.
    there.send(b"later")
    assert await reader.readexactly(5) == b"later"
    writer.close()
    there.close()


async def test_a_cancellation_from_elsewhere_is_one() -> None:
    async def wait() -> None:
        async with Patience(5):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_in_time_is_not_touched() -> None:
    with pytest.raises(ValueError, match="in time"):
        async with Patience(5):
            raise ValueError("in time")
