"""The rpc by which Envoy tells what it refused: `opentelemetry.proto.collector.logs.v1.LogsService/Export`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import grpc
from malha.identity.v1.refusal_pb2 import ReportRefusalsRequest, ReportRefusalsResponse

from services.identity.audit.refusals.fields import METHOD, SERVICE
from services.identity.audit.refusals.intake import Intake
from services.runtime.call import current
from services.runtime.exceptions import CallerNotAllowed
from services.runtime.identity.spiffe import CALLER_KEY


@dataclass(frozen=True, kw_only=True)
class RefusalsServicer:
    """Takes what Envoy tells. The runtime lets nobody but Envoy call it."""

    intake: Intake

    async def report(self, request: ReportRefusalsRequest, context: object) -> ReportRefusalsResponse:
        """Takes a batch.

        Raises:
            CallerNotAllowed: Envoy tells what somebody else has said.
        """
        # Envoy names the caller of all that it passes on, and of nothing that it says itself. No route leads here; if
        # one ever did, what a caller says of others would still not be believed.
        if (behind := current().headers.get(CALLER_KEY)) is not None:
            raise CallerNotAllowed(str(behind))
        self.intake.take(request)
        return ReportRefusalsResponse()


def add_refusals_to_server(servicer: RefusalsServicer, server: Any) -> None:
    """Registers the servicer under OpenTelemetry's name, as a generated function would."""
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.report,
        request_deserializer=ReportRefusalsRequest.FromString,
        response_serializer=ReportRefusalsResponse.SerializeToString,
    )
    server.add_registered_method_handlers(SERVICE, {METHOD: handler})
