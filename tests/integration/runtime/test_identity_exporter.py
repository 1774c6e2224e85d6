"""Spans reach a server of the mesh under the workload's certificate, rotations included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from services.runtime.call import current
from services.runtime.identity.exporter import RotatingExporter
from services.runtime.identity.files import IdentityFolder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import EndpointUnusable, start_telemetry
from tests.support.identity import make_identities
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from services.runtime.server import ServerBuilder
    from tests.integration.runtime.conftest import Start

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


class Receiver:
    """Remembers who sent which spans."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    async def export(self, request: Any, context: Any) -> Any:
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.seen += [(current().caller, span.name) for span in scope.spans]
        return otlp.ExportTraceServiceResponse()

    def register(self, servicer: Any, server: Any) -> None:
        """As a generated function would."""
        handler = grpc.unary_unary_rpc_method_handler(servicer.export, otlp.ExportTraceServiceRequest.FromString)
        server.add_registered_method_handlers(SERVICE, {"Export": handler})

    def build(self, builder: ServerBuilder) -> None:
        """Adds the service."""
        builder.add(self.register, self)


async def test_spans_are_sent_before_and_after_rotations(start: Start, tmp_path: Path) -> None:
    rotation = make_identities(tmp_path, settle_seconds=0.0)
    receiver = Receiver()
    server = await start(identity_dir=tmp_path / "identity" / "mesh", build=receiver.build)
    exporter = RotatingExporter(server.server.address, IdentityFolder(tmp_path / "identity" / "echo"))
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=20))
    tracer = provider.get_tracer("test")
    for number in range(3):
        tracer.start_span(f"span-{number}").end()
        await eventually(lambda n=number: receiver.seen == [("echo", f"span-{i}") for i in range(n + 1)])  # type: ignore[misc]
        await rotation.rotate(authority=number == 1)
    provider.shutdown()


def test_the_mesh_takes_no_spans_from_nobody() -> None:
    with pytest.raises(EndpointUnusable):
        start_telemetry(RuntimeSettings(otlp_endpoint="mesh://127.0.0.1:1"))
