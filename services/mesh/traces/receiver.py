"""The receiver of OpenTelemetry's protocol: `opentelemetry.proto.collector.trace.v1.TraceService`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from services.mesh.traces import otlp
from services.runtime.call import current_or_none
from services.runtime.identity.spiffe import ENVOY

if TYPE_CHECKING:
    from services.mesh.traces.store import TraceStore

SERVICE = "opentelemetry.proto.collector.trace.v1.TraceService"


class Receiver:
    """Puts what is exported into a store; whatever it is, the sender hears that it went well and does not try again."""

    def __init__(self, store: TraceStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Any]:
        """The methods of the service for a server; see `ServerBuilder.add_platform`."""
        export = grpc.unary_unary_rpc_method_handler(
            self.Export,
            request_deserializer=ExportTraceServiceRequest.FromString,
            response_serializer=ExportTraceServiceResponse.SerializeToString,
        )
        return {"Export": export}

    async def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802 - the protocol's name
        """Keep the spans. A workload tells of itself alone; Envoy names its listeners."""
        call = current_or_none()
        sender = "" if call is None or call.caller == ENVOY else call.caller
        self._store.add(otlp.spans(request, sender))
        return ExportTraceServiceResponse()
