"""Too much work is refused at once: what is admitted keeps its pace, and nobody tries again what was refused."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from malha.service_config import channel_options
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from tests.integration.runtime.calls import call, request_of
from tests.integration.runtime.conftest import Running, Start
from tests.support.waiting import eventually

AT_ONCE = 10
# So long that refusals cost little beside it, on any machine: what is measured is waiting, not the machine.
WORK_SECONDS = 0.5
PEAK = AT_ONCE / WORK_SECONDS  # calls a second
SECONDS = 3.0


@dataclass
class Offered:
    """What became of calls that were offered at a steady rate."""

    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failures: list[grpc.aio.AioRpcError] = field(default_factory=list)


async def _offer(stub: Any, rate: float, seconds: float) -> Offered:
    """Open loop: a call begins at its time, whatever became of those before."""
    offered = Offered()
    work = Duration()
    work.FromMilliseconds(int(WORK_SECONDS * 1000))
    request = request_of("Echo", delay=work)

    async def one() -> None:
        began = time.perf_counter()
        try:
            await stub.Echo(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            offered.refused.append(time.perf_counter() - began)
            offered.failures.append(error)
        else:
            offered.accepted.append(time.perf_counter() - began)

    calls = []
    first = time.perf_counter()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, first + number / rate - time.perf_counter()))
        calls.append(asyncio.create_task(one()))
    await asyncio.gather(*calls)
    return offered


async def test_five_times_too_much_work_slows_down_nothing_that_is_admitted(start: Start) -> None:
    running = await start(max_concurrent_calls=AT_ONCE)
    calm = await _offer(running.stub, 0.5 * PEAK, SECONDS)
    assert not calm.refused
    flood = await _offer(running.stub, 5 * PEAK, SECONDS)
    assert len(flood.accepted) >= 0.8 * PEAK * SECONDS
    assert statistics.median(flood.accepted) <= 2 * statistics.median(calm.accepted)
    assert {error.code() for error in flood.failures} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    # Who had waited for others before the refusal would have waited for as long as they work.
    assert statistics.median(flood.refused) < statistics.median(flood.accepted)


@pytest.fixture
async def full(start: Start) -> AsyncIterator[Running]:
    """A server that holds one call at most, and holds it."""
    running = await start(max_concurrent_calls=1)
    held = asyncio.ensure_future(running.stub.Echo(request_of("Echo", delay=Duration(seconds=4)), timeout=5))
    await eventually(lambda: running.figure("grpc_server_running") == 1)
    yield running
    held.cancel()
    await asyncio.gather(held, return_exceptions=True)


async def test_health_is_told_truthfully_by_a_server_that_is_full(full: Running) -> None:
    health = health_pb2_grpc.HealthStub(full.channel)
    answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=5)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING
    assert (await call(full.stub, "Echo", request_of("Echo"))).code is grpc.StatusCode.RESOURCE_EXHAUSTED


def _ended(running: Running, code: grpc.StatusCode) -> float:
    """How many calls the server ended with `code`."""
    return sum(
        sample.value
        for family in running.telemetry.registry.collect()
        for sample in family.samples
        if sample.name == "grpc_server_handled_total" and sample.labels["grpc_code"] == code.name
    )


async def test_the_client_does_not_repeat_what_an_overloaded_server_refused(full: Running) -> None:
    contract = pb.DESCRIPTOR.services_by_name["EchoService"]
    async with grpc.aio.insecure_channel(full.server.address, channel_options((contract,))) as channel:
        for _ in range(5):
            outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"))
            assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert _ended(full, grpc.StatusCode.RESOURCE_EXHAUSTED) == 5


async def test_the_client_does_repeat_what_nobody_decided(running: Running) -> None:
    """So that the test above is known to be able to fail."""
    contract = pb.DESCRIPTOR.services_by_name["EchoService"]
    async with grpc.aio.insecure_channel(running.server.address, channel_options((contract,))) as channel:
        await call(EchoServiceStub(channel), "Echo", request_of("Echo", fail_code=14))
    assert _ended(running, grpc.StatusCode.UNAVAILABLE) > 1


async def test_a_process_that_holds_too_much_memory_serves_one_call_at_a_time(start: Start) -> None:
    limit = 1024 * 1024  # less than any process of ours takes
    running = await start(max_memory_bytes=limit)
    await eventually(lambda: running.server.memory_is_scarce)
    held = asyncio.ensure_future(running.stub.Echo(request_of("Echo", delay=Duration(seconds=4)), timeout=5))
    await eventually(lambda: running.figure("grpc_server_running") == 1)
    outcome = await call(running.stub, "Echo", request_of("Echo"))
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert outcome.info.reason == "OVERLOADED"
    assert outcome.info.metadata["limit"] == str(limit)
    assert outcome.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
    held.cancel()
    await eventually(lambda: running.figure("grpc_server_running") == 0)
    assert (await call(running.stub, "Echo", request_of("Echo"))).code is grpc.StatusCode.OK


async def test_memory_that_is_enough_refuses_nobody(start: Start) -> None:
    running = await start(max_memory_bytes=64 * 1024**3)
    outcomes = await asyncio.gather(*(call(running.stub, "Echo", request_of("Echo")) for _ in range(20)))
    assert {outcome.code for outcome in outcomes} == {grpc.StatusCode.OK}
