"""The channel into the mesh: what a sub-call takes along, and rotations under load."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub, add_EchoServiceServicer_to_server
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

from services.runtime.call import current
from services.runtime.identity.inner import InnerChannel, MeshMissing
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry
from services.testing.behaviour import ERRORS
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import SHAPES, call, request_of
from tests.support.identity import make_identities
from tests.support.ports import free_port
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.mesh.identity import Rotation
    from services.runtime.server import Server
    from tests.integration.runtime.conftest import Running, Start

SERVICES = tuple(pb.DESCRIPTOR.services_by_name.values())
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
def rotation(tmp_path: Path) -> Rotation:
    return make_identities(tmp_path, settle_seconds=0.6)


@pytest.fixture
async def mesh(start: Start, rotation: Rotation, tmp_path: Path) -> Running:
    """A server that its client takes for Envoy, and that takes its client for a caller of its own."""
    return await start(identity_dir=tmp_path / "identity" / "envoy", direct_callers=("echo",), grace_seconds=5.0)


def _settings(tmp_path: Path, address: str) -> RuntimeSettings:
    return RuntimeSettings(identity_dir=tmp_path / "identity" / "echo", inner_address=address)


async def test_rotations_under_load_fail_no_call(mesh: Running, rotation: Rotation, tmp_path: Path) -> None:
    done = asyncio.Event()
    outcomes: list[Any] = []

    async def load(stub: Any, shape: str) -> None:
        while not done.is_set():
            outcomes.append(await call(stub, shape, request_of(shape)))

    async with InnerChannel(_settings(tmp_path, mesh.server.address), SERVICES) as channel:
        stub = EchoServiceStub(channel)
        tasks = [asyncio.ensure_future(load(stub, shape)) for shape in SHAPES]
        for _ in range(10):
            newest, before = channel.newest(), len(outcomes)
            await rotation.rotate()
            await eventually(lambda old=newest, n=before: channel.newest() is not old and len(outcomes) > n + 20)  # type: ignore[misc]
        await rotation.rotate(authority=True)
        before = len(outcomes)
        await eventually(lambda: len(outcomes) > before + 20)
        done.set()
        await asyncio.gather(*tasks)
    assert {outcome.code for outcome in outcomes} == {grpc.StatusCode.OK}


async def test_a_call_that_runs_ends_on_the_connection_it_began_on(
    mesh: Running, rotation: Rotation, tmp_path: Path
) -> None:
    async with InnerChannel(_settings(tmp_path, mesh.server.address), SERVICES) as channel:
        stub = EchoServiceStub(channel)
        chat = stub.Chat()
        await chat.write(pb.ChatRequest(message="before"))
        assert (await chat.read()).message == "before"
        old = channel.newest()
        await rotation.rotate(authority=True)
        await eventually(lambda: channel.newest() is not old)
        await stub.Echo(pb.EchoRequest(message="after"))
        await chat.write(pb.ChatRequest(message="still"))
        assert (await chat.read()).message == "still"
        await chat.done_writing()
        assert await chat.code() is grpc.StatusCode.OK


async def test_it_connects_as_soon_as_there_is_a_mesh(start: Start, rotation: Rotation, tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    async with InnerChannel(_settings(tmp_path, address), SERVICES) as channel:
        stub = EchoServiceStub(channel)
        outcome = await call(stub, "Collect", request_of("Collect"))
        assert outcome.code is grpc.StatusCode.UNAVAILABLE
        await rotation.rotate()
        await start(identity_dir=tmp_path / "identity" / "envoy", direct_callers=("echo",), listen=address)

        async def answers() -> bool:
            return (await call(stub, "Collect", request_of("Collect"))).code is grpc.StatusCode.OK

        await eventually(answers)


async def test_somebody_who_is_not_envoy_is_not_called(start: Start, rotation: Rotation, tmp_path: Path) -> None:
    other = await start(identity_dir=tmp_path / "identity" / "analysis", direct_callers=("echo",))
    async with InnerChannel(_settings(tmp_path, other.server.address), SERVICES) as channel:
        outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"))
    assert outcome.code is grpc.StatusCode.UNAVAILABLE


async def test_without_an_address_there_is_no_channel() -> None:
    with pytest.raises(MeshMissing):
        InnerChannel(RuntimeSettings(), SERVICES)


class Forwarding(EchoServicer):
    """Asks the next server what it saw."""

    def __init__(self, channel: InnerChannel) -> None:
        super().__init__()
        self._next: Any = EchoServiceStub(channel)

    async def DescribeCall(self, request: pb.DescribeCallRequest, context: Any) -> pb.DescribeCallResponse:
        answer: pb.DescribeCallResponse = await self._next.DescribeCall(request)
        here = current().remaining()
        assert here is not None
        assert answer.remaining.ToTimedelta().total_seconds() <= here
        return answer


@pytest.fixture
async def forwarding(mesh: Running, tmp_path: Path) -> AsyncIterator[tuple[grpc.aio.Channel, InMemorySpanExporter]]:
    """A plaintext server in front of `mesh`, and the spans of that one."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(CollectorRegistry(), provider)
    inner = InnerChannel(_settings(tmp_path, mesh.server.address), SERVICES, telemetry.tracer)
    builder = ServerBuilder(RuntimeSettings(), telemetry=telemetry, errors=ERRORS)
    server: Server = builder.add(add_EchoServiceServicer_to_server, Forwarding(inner)).build()
    await server.start()
    async with inner, grpc.aio.insecure_channel(server.address) as channel:
        yield channel, exporter
    await server.stop(0)
    telemetry.close()


async def test_a_sub_call_takes_deadline_request_id_and_trace_along(
    forwarding: tuple[grpc.aio.Channel, InMemorySpanExporter],
) -> None:
    channel, exporter = forwarding
    metadata = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("x-request-id", "r-7"))
    answer = await EchoServiceStub(channel).DescribeCall(pb.DescribeCallRequest(), metadata=metadata, timeout=1.0)
    assert (answer.request_id, answer.caller) == ("r-7", "echo")
    assert 0 < answer.remaining.ToTimedelta().total_seconds() < 1.0
    await eventually(lambda: len(exporter.get_finished_spans()) == 2)
    spans = {span.kind: span for span in exporter.get_finished_spans()}
    server, client = spans[SpanKind.SERVER], spans[SpanKind.CLIENT]
    assert server.context is not None
    assert client.parent is not None
    assert client.parent.span_id == server.context.span_id
    assert (client.attributes or {})["rpc.grpc.status_code"] == 0


async def test_the_span_of_a_sub_call_that_fails_is_an_error(
    forwarding: tuple[grpc.aio.Channel, InMemorySpanExporter],
) -> None:
    channel, exporter = forwarding
    request = pb.DescribeCallRequest()
    request.behaviour.fail_code = grpc.StatusCode.NOT_FOUND.value[0]
    metadata = (("traceparent", f"00-{TRACE}-{PARENT}-01"),)
    with pytest.raises(grpc.aio.AioRpcError):
        await EchoServiceStub(channel).DescribeCall(request, metadata=metadata, timeout=5.0)
    await eventually(lambda: len(exporter.get_finished_spans()) == 2)
    (client,) = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.CLIENT]
    assert (client.attributes or {})["rpc.grpc.status_code"] == grpc.StatusCode.NOT_FOUND.value[0]
    assert client.status.status_code is StatusCode.ERROR


async def test_a_trace_that_is_not_kept_leaves_no_span_and_keeps_its_id(
    forwarding: tuple[grpc.aio.Channel, InMemorySpanExporter], start: Start
) -> None:
    channel, exporter = forwarding
    seen: list[tuple[str, str]] = []

    class Looking(EchoServicer):
        async def DescribeCall(self, request: pb.DescribeCallRequest, context: Any) -> pb.DescribeCallResponse:
            seen.extend((key, value) for key, value in current().metadata if key.startswith("trace"))
            return pb.DescribeCallResponse()

    looking = await start(Looking())
    inner = InnerChannel(RuntimeSettings(inner_address=looking.server.address), SERVICES)
    front = await start(Forwarding(inner))
    metadata = (("traceparent", f"00-{TRACE}-{PARENT}-00"), ("tracestate", "a=1"))
    await front.stub.DescribeCall(pb.DescribeCallRequest(), metadata=metadata, timeout=5.0)
    assert sorted(seen) == sorted(metadata)
    await EchoServiceStub(channel).DescribeCall(pb.DescribeCallRequest(), metadata=metadata, timeout=5.0)
    assert exporter.get_finished_spans() == ()
    await inner.close()
