"""The rpc that Envoy calls: `envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit`."""

from __future__ import annotations

from typing import Any, Final

import grpc
from malha.limits.v1.decision_pb2 import DecideRequest, DecideResponse

from services.limits import convert
from services.limits.usecases.decide import Decide

SERVICE: Final = "envoy.service.ratelimit.v3.RateLimitService"
METHOD: Final = "ShouldRateLimit"


class RateLimitServicer:
    """Answers Envoy."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide

    async def should_rate_limit(self, request: DecideRequest, context: object) -> DecideResponse:
        """Decides about one call; the descriptors that mean no limit of ours allow it."""
        asked = convert.descriptors(request)
        positions, decision = await self._decide(asked)
        return convert.answer(len(asked), positions, decision)


def add_to_server(servicer: RateLimitServicer, server: Any) -> None:
    """Registers the servicer under Envoy's name, as a generated function would."""
    handler = grpc.unary_unary_rpc_method_handler(
        servicer.should_rate_limit,
        request_deserializer=DecideRequest.FromString,
        response_serializer=DecideResponse.SerializeToString,
    )
    server.add_registered_method_handlers(SERVICE, {METHOD: handler})
