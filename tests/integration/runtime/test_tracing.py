"""One span for each call, in the caller's trace, in all four call shapes; and none for the platform."""

from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub, add_EchoServiceServicer_to_server
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry

from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry
from services.testing.behaviour import ERRORS
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import SHAPES, call, request_of
from tests.support.waiting import eventually

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture
async def traced() -> AsyncIterator[tuple[grpc.aio.Channel, InMemorySpanExporter]]:
    """A server whose spans stay here."""
    exporter, provider, settings = InMemorySpanExporter(), TracerProvider(), RuntimeSettings()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(CollectorRegistry(), provider)
    server = (
        ServerBuilder(settings, telemetry=telemetry, errors=ERRORS)
        .add(add_EchoServiceServicer_to_server, EchoServicer())
        .build()
    )
    await server.start()
    async with grpc.aio.insecure_channel(server.address) as channel:
        yield channel, exporter
    await server.stop(0)
    telemetry.close()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("crash", [False, True])
async def test_a_call_is_a_span_of_the_callers_trace(
    traced: tuple[grpc.aio.Channel, InMemorySpanExporter], shape: str, crash: bool
) -> None:
    channel, exporter = traced
    metadata = (("traceparent", f"00-{TRACE}-{PARENT}-01"), ("x-request-id", "r-1"))
    await call(EchoServiceStub(channel), shape, request_of(shape, "canary-9", crash=crash), metadata=metadata)
    await eventually(lambda: len(exporter.get_finished_spans()) == 1)
    (span,) = exporter.get_finished_spans()
    assert span.name == f"malha.testing.v1.EchoService/{shape}"
    assert span.kind is SpanKind.SERVER
    assert span.context is not None
    assert format(span.context.trace_id, "032x") == TRACE
    assert span.parent is not None
    assert format(span.parent.span_id, "016x") == PARENT
    attributes = span.attributes or {}
    assert attributes["malha.request_id"] == "r-1"
    assert attributes["rpc.grpc.status_code"] == (13 if crash else 0)
    assert span.status.status_code is (StatusCode.ERROR if crash else StatusCode.UNSET)
    assert "canary" not in span.to_json()


async def test_a_refusal_that_blames_the_caller_is_no_error_of_the_span(
    traced: tuple[grpc.aio.Channel, InMemorySpanExporter],
) -> None:
    channel, exporter = traced
    await call(EchoServiceStub(channel), "Echo", request_of("Echo", "x" * 70_000))
    await eventually(lambda: len(exporter.get_finished_spans()) == 1)
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.UNSET
    assert (span.attributes or {})["error.type"] == "VALIDATION_FAILED"


async def test_a_call_whose_trace_is_not_kept_leaves_no_span(
    traced: tuple[grpc.aio.Channel, InMemorySpanExporter],
) -> None:
    channel, exporter = traced
    unwanted = (("traceparent", f"00-{TRACE}-{PARENT}-00"),)
    told = await EchoServiceStub(channel).DescribeCall(pb.DescribeCallRequest(), metadata=unwanted)
    assert told.trace_id == TRACE
    await call(EchoServiceStub(channel), "Echo", request_of("Echo", crash=True), metadata=unwanted)
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize("traceparent", ["", "00-0-0-00", f"00-{TRACE}-{PARENT}", f"00-{TRACE}-{PARENT}-0x"])
async def test_a_header_that_means_nothing_begins_a_trace_of_ones_own(
    traced: tuple[grpc.aio.Channel, InMemorySpanExporter], traceparent: str
) -> None:
    channel, exporter = traced
    await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=(("traceparent", traceparent),))
    await eventually(lambda: len(exporter.get_finished_spans()) == 1)
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


async def test_health_checks_leave_no_spans(traced: tuple[grpc.aio.Channel, InMemorySpanExporter]) -> None:
    channel, exporter = traced
    await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
    assert exporter.get_finished_spans() == ()
