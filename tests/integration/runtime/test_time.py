"""Deadlines, cancellation, overload and the end of the server, in all four call shapes."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from malha.service_config import channel_options
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.call import current
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import SHAPES, call, drain, request_of, start_call
from tests.integration.runtime.conftest import Running, Start
from tests.support.waiting import eventually

each_shape = pytest.mark.parametrize("shape", SHAPES)
LONG = Duration(seconds=20)


@each_shape
async def test_the_server_itself_reports_a_deadline_that_passed(running: Running, shape: str) -> None:
    began = time.monotonic()
    outcome = await call(running.stub, shape, request_of(shape, delay=LONG), timeout=0.4)
    assert outcome.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - began < LONG.seconds / 2


async def test_the_reason_of_a_passed_deadline_arrives_when_the_policy_is_shorter(start: Start) -> None:
    """Echo's policy is five seconds; a caller that waits longer hears the server's reason."""
    running = await start()
    outcome = await call(running.stub, "Echo", request_of("Echo", delay=LONG), timeout=30)
    assert outcome.info.reason == "DEADLINE_EXCEEDED"


@each_shape
async def test_a_deadline_too_short_to_succeed_is_refused_at_once(running: Running, shape: str) -> None:
    await call(running.stub, shape, request_of(shape))  # connects
    outcome = await call(running.stub, shape, request_of(shape), timeout=0.09)
    assert outcome.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert outcome.info.reason == "DEADLINE_TOO_SHORT"
    assert int(outcome.info.metadata["remaining_ms"]) < 100
    assert outcome.info.metadata["needed_ms"] == "100"


class Observer(EchoServicer):
    """Notes what each handler knows of its call, and whether it was cancelled."""

    def __init__(self) -> None:
        self.remaining: list[float | None] = []
        self.cancelled = 0
        self.running = 0

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        async with self:
            return await super().Echo(request, context)

    async def Collect(self, request_iterator: AsyncIterator[pb.CollectRequest], context: Any) -> pb.CollectResponse:
        async with self:
            return await super().Collect(request_iterator, context)

    async def Repeat(self, request: pb.RepeatRequest, context: Any) -> AsyncIterator[pb.RepeatResponse]:
        async with self:
            async for response in super().Repeat(request, context):
                yield response

    async def Chat(
        self, request_iterator: AsyncIterator[pb.ChatRequest], context: Any
    ) -> AsyncIterator[pb.ChatResponse]:
        async with self:
            async for response in super().Chat(request_iterator, context):
                yield response

    async def __aenter__(self) -> None:
        self.running += 1
        self.remaining.append(current().remaining())

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self.running -= 1
        self.cancelled += kind is asyncio.CancelledError


@each_shape
async def test_a_caller_without_deadline_gets_the_policys(start: Start, shape: str) -> None:
    observer = Observer()
    running = await start(observer)
    await call(running.stub, shape, request_of(shape), timeout=None)
    policy = 5.0 if shape == "Echo" else 30.0
    assert observer.remaining[0] == pytest.approx(policy - 0.02, abs=0.2)


@each_shape
async def test_a_callers_shorter_deadline_wins_less_twenty_milliseconds(start: Start, shape: str) -> None:
    observer = Observer()
    running = await start(observer)
    await call(running.stub, shape, request_of(shape), timeout=2.0)
    remaining = observer.remaining[0]
    assert remaining is not None
    assert 1.0 < remaining < 1.995  # gRPC rounds a timeout up on its way, by a few milliseconds


@pytest.mark.parametrize("given", [None, 5.0])
async def test_no_caller_gives_up_before_the_contracts_time(running: Running, given: float | None) -> None:
    """What the service config adds to a call's own timeout does not shorten it."""
    contract = pb.DESCRIPTOR.services_by_name["EchoService"]
    async with grpc.aio.insecure_channel(running.server.address, channel_options((contract,))) as channel:
        request = request_of("Echo", delay=Duration(seconds=4, nanos=300_000_000))
        outcome = await call(EchoServiceStub(channel), "Echo", request, timeout=given)
    assert outcome.messages == ["hello"]


@each_shape
async def test_a_caller_that_leaves_cancels_the_handler(start: Start, shape: str) -> None:
    observer = Observer()
    running = await start(observer)
    pending = start_call(running.stub, shape, request_of(shape, delay=LONG))
    task = asyncio.ensure_future(drain(pending, shape))
    await eventually(lambda: observer.running == 1)
    pending.cancel()
    await eventually(lambda: observer.cancelled == 1)
    await asyncio.gather(task, return_exceptions=True)
    await eventually(lambda: running.figure("grpc_server_running") == 0)


async def test_a_stream_that_breaks_off_is_not_taken_for_a_whole_one(start: Start) -> None:
    """Ten times, since it is a race between the end of the stream and the news of the cancellation."""
    finished: list[int] = []

    class Counting(EchoServicer):
        async def Collect(self, request_iterator: Any, context: Any) -> pb.CollectResponse:
            count = 0
            async for _ in request_iterator:
                count += 1
            finished.append(count)
            return pb.CollectResponse()

    running = await start(Counting())
    for _ in range(10):
        pending = running.stub.Collect(timeout=5)
        await pending.write(request_of("Collect"))
        await asyncio.sleep(0.02)
        pending.cancel()
    await eventually(lambda: running.figure("grpc_server_running") == 0)
    assert finished == []


@each_shape
async def test_calls_beyond_the_limit_are_refused_with_a_time_to_retry(start: Start, shape: str) -> None:
    running = await start(max_concurrent_calls=2)
    slow = [
        asyncio.ensure_future(call(running.stub, shape, request_of(shape, delay=Duration(seconds=1)))) for _ in range(2)
    ]
    await eventually(lambda: running.figure("grpc_server_running") == 2)
    outcome = await call(running.stub, shape, request_of(shape))
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert outcome.info.reason == "OVERLOADED"
    assert outcome.info.metadata["limit"] == "2"
    assert outcome.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
    assert [o.code for o in await asyncio.gather(*slow)] == [grpc.StatusCode.OK] * 2
    assert (await call(running.stub, shape, request_of(shape))).code is grpc.StatusCode.OK


@each_shape
async def test_a_stopping_server_lets_calls_finish(start: Start, shape: str) -> None:
    running = await start()
    slow = asyncio.ensure_future(call(running.stub, shape, request_of(shape, delay=Duration(nanos=500_000_000))))
    await eventually(lambda: running.figure("grpc_server_running") == 1)
    await running.server.stop(5)
    assert (await slow).code is grpc.StatusCode.OK


@each_shape
async def test_a_call_that_outlasts_the_grace_hears_why(start: Start, shape: str) -> None:
    running = await start()
    slow = asyncio.ensure_future(call(running.stub, shape, request_of(shape, delay=LONG)))
    await eventually(lambda: running.figure("grpc_server_running") == 1)
    await running.server.stop(1.2)
    outcome = await slow
    assert outcome.code is grpc.StatusCode.UNAVAILABLE
    assert outcome.info.reason == "SHUTTING_DOWN"
    assert outcome.detail(error_details_pb2.RetryInfo).retry_delay.ToMilliseconds() > 0
