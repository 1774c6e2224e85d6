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

    async def Export(self, request: ExportTraceServiceRequest, context: object) -> ExportTraceServiceResponse:  # noqa: N802 - the protocol's name
        """Keep the spans. A workload tells of itself alone; Envoy names its listeners."""
        call = current_or_none()
        sender = "" if call is None or call.caller == ENVOY else call.caller
        self._store.add(otlp.spans(request, sender))
        return ExportTraceServiceResponse()


def add_receiver_to_server(receiver: Receiver, server: Any) -> None:
    """Registers the receiver, as the generated functions of our own contracts do.

    The one that comes with OpenTelemetry's stubs does not tell the names of the methods.
    """
    export = grpc.unary_unary_rpc_method_handler(
        receiver.Export,
        request_deserializer=ExportTraceServiceRequest.FromString,
        response_serializer=ExportTraceServiceResponse.SerializeToString,
    )
    server.add_registered_method_handlers(SERVICE, {"Export": export})
