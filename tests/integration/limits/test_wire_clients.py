"""Clients that others have written."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest

from services.limits.wire.replies import framed
from tests.integration.limits.raw_client import BREAK, ECHO, HOLD, Served, serving
from tests.support.waiting import eventually

H2LOAD = shutil.which("h2load")


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as running:
        yield running


async def test_grpc_with_many_calls_at_once(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.address) as channel:
        call = channel.unary_unary(ECHO)
        messages = [b"x" * (number * 64) for number in range(32)]
        assert await asyncio.gather(*(call(message, timeout=5) for message in messages)) == messages


async def test_grpc_hears_why_a_call_failed_and_nothing_private(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary(BREAK)(b"", timeout=5)
        assert raised.value.code() is grpc.StatusCode.INTERNAL
        assert "secret" not in str(raised.value)
        # Its request does not end by itself, as that of a tool that asks for reflection does not.
        endless = channel.stream_stream("/test.Wire/None")(timeout=5)
        assert await endless.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_grpc_that_compresses_is_told_not_to(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.address, compression=grpc.Compression.Gzip) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary(ECHO)(b"x" * 1000, timeout=5)
        assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_call_whose_time_is_over_is_cancelled_here_too(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await channel.unary_unary(HOLD)(b"", timeout=0.2)
        assert raised.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await eventually(lambda: served.handled("CANCELLED", "Hold") == 1)
        served.held[0].answer(b"late")
        assert await channel.unary_unary(ECHO)(b"x", timeout=5) == b"x"


async def test_grpc_calls_elsewhere_when_the_server_stops(served: Served) -> None:
    async with grpc.aio.insecure_channel(served.address) as channel:
        held = channel.unary_unary(HOLD)(b"", timeout=5)
        await eventually(lambda: len(served.held) == 1)
        stopping = asyncio.create_task(served.server.stop(5))
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            while True:
                await channel.unary_unary(ECHO)(b"x", timeout=5)
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        served.held[0].answer(b"done")
        assert await held == b"done"
        await stopping


async def test_curl(served: Served, curl: str, tmp_path: Path) -> None:
    body, answer = tmp_path / "body", tmp_path / "answer"
    body.write_bytes(framed(b"hello"))
    done = await asyncio.create_subprocess_exec(
        curl, "--silent", "--http2-prior-knowledge", "--max-time", "5", "--data-binary", f"@{body}", "--output", answer,
        "--dump-header", "-", "--header", "content-type: application/grpc", "--header", "te: trailers",
        f"http://{served.address}{ECHO}", stdout=subprocess.PIPE,
    )  # fmt: skip
    said, _ = await done.communicate()
    assert done.returncode == 0
    assert "HTTP/2 200" in said.decode()
    assert "grpc-status: 0" in said.decode()
    assert answer.read_bytes() == framed(b"hello")


@pytest.mark.skipif(H2LOAD is None, reason="h2load is not installed (Debian: nghttp2-client)")
async def test_h2load(served: Served, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_bytes(framed(b"hello"))
    done = await asyncio.create_subprocess_exec(
        str(H2LOAD), "-n", "2000", "-c", "4", "-m", "64", "-d", str(body), "-H", "content-type: application/grpc",
        "-H", "te: trailers", f"http://{served.address}{ECHO}", stdout=subprocess.PIPE,
    )  # fmt: skip
    said, _ = await done.communicate()
    assert "2000 succeeded, 0 failed, 0 errored" in said.decode()
    assert served.handled("OK") + served.handled("RESOURCE_EXHAUSTED") == 2000
