"""A collector of traces that keeps what it is sent, as it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as pb
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as pb_grpc


@dataclass
class Collected(pb_grpc.TraceServiceServicer):
    """What came until now, and where to send it."""

    address: str = ""
    exports: list[bytes] = field(default_factory=list)
    services: set[str] = field(default_factory=set)

    def Export(self, request: pb.ExportTraceServiceRequest, context: Any) -> pb.ExportTraceServiceResponse:
        """Keeps an export."""
        self.exports.append(request.SerializeToString())
        for group in request.resource_spans:
            self.services |= {a.value.string_value for a in group.resource.attributes if a.key == "service.name"}
        return pb.ExportTraceServiceResponse()


@contextmanager
def collector() -> Iterator[Collected]:
    """A collector on a free port."""
    collected = Collected()
    server = grpc.server(ThreadPoolExecutor(4))
    pb_grpc.add_TraceServiceServicer_to_server(collected, server)  # type: ignore[no-untyped-call]  # generated
    collected.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collected
    finally:
        server.stop(0)
