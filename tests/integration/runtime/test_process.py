"""The testing service as a process of its own: it starts, drains on SIGTERM without a failed call, and says so."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from tests.support.ports import free_port

ROOT = Path(__file__).parents[3]


async def test_a_process_drains_on_sigterm_without_a_failed_call(tmp_path: Path) -> None:
    address, log = f"127.0.0.1:{free_port()}", tmp_path / "log"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.testing",
        "serve",
        cwd=ROOT,
        env={
            **os.environ,
            "MALHA_LISTEN": address,
            "MALHA_LOG_FILE": str(log),
            "MALHA_DRAIN_SECONDS": "0.3",
            "GRPC_EXPERIMENTS": "-event_engine_listener",
        },
    )
    try:
        async with grpc.aio.insecure_channel(address) as channel:
            await asyncio.wait_for(channel.channel_ready(), 20)
            stub = EchoServiceStub(channel)
            request = pb.EchoRequest(message="canary-1d2")
            request.behaviour.delay.FromMilliseconds(800)
            slow = asyncio.ensure_future(stub.Echo(request, timeout=10))
            await asyncio.sleep(0.2)
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.1)
            assert (await stub.Echo(pb.EchoRequest(message="during the drain"), timeout=5)).message
            assert (await slow).message == "canary-1d2"
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "server listens"
    assert events[-1] == "server stopped"
    calls = [line for line in lines if line["event"] == "call"]
    assert len(calls) == 2
    assert all(line["request_id"] and line["code"] == "OK" and line["component"] for line in calls)
    assert "canary" not in log.read_text()
