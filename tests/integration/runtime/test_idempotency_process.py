"""A service killed again and again between a change and its answer: every acknowledged change is there, once."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from malha.testing.v1 import counter_service_pb2 as pb
from malha.testing.v1.counter_service_pb2_grpc import CounterServiceStub

from services.runtime.settings import RuntimeSettings
from services.testing.postgres import migrate
from tests.support.ports import free_port
from tests.support.programs import Database
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]
KILLS = 3
CALLERS = 8
# What a caller may hear while replicas die under its request: nobody answers, or the dead one's transaction still ends.
TO_REPEAT = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED}


@asynccontextmanager
async def _replica(address: str, url_file: Path, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.testing", "serve",
        cwd=ROOT,
        env={
            **os.environ,
            "MALHA_LISTEN": address,
            "MALHA_LOG_FILE": str(log),
            "MALHA_DATABASE_URL_FILE": str(url_file),
        },
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_no_change_is_lost_or_made_twice_when_replicas_are_killed(database: Database, tmp_path: Path) -> None:
    await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
    address, name = f"127.0.0.1:{free_port()}", f"counters/{uuid.uuid4().hex}"
    acknowledged: list[int] = []
    stop = asyncio.Event()
    options = [("grpc.max_reconnect_backoff_ms", 200), ("grpc.initial_reconnect_backoff_ms", 100)]
    async with grpc.aio.insecure_channel(address, options) as channel:
        stub = CounterServiceStub(channel)

        async def call_on() -> None:
            while not stop.is_set():
                request = pb.IncrementCounterRequest(name=name, amount=1, request_id=str(uuid.uuid4()))
                acknowledged.append(await _until_answered(stub, request))

        callers = [asyncio.create_task(call_on()) for _ in range(CALLERS)]
        for kills in range(KILLS + 1):
            async with _replica(address, database.service_file, tmp_path / "log") as process:
                target = len(acknowledged) + 50
                await eventually(lambda target=target: len(acknowledged) >= target, 30)
                if kills < KILLS:
                    process.kill()
                    continue
                stop.set()
                await asyncio.gather(*callers)
                counter = await stub.GetCounter(pb.GetCounterRequest(name=name), timeout=5)
    assert counter.value == counter.changes == len(acknowledged)
    # Each change saw a value of its own: none was acknowledged with another's answer.
    assert sorted(acknowledged) == list(range(1, len(acknowledged) + 1))


async def _until_answered(stub: CounterServiceStub, request: pb.IncrementCounterRequest) -> int:
    while True:
        try:
            answer = await stub.IncrementCounter(request, timeout=5, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            if error.code() not in TO_REPEAT:
                raise
        else:
            return int(answer.value)
