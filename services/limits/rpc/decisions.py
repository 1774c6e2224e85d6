"""The rpc that Envoy calls: `envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit`."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import DecodeError
from malha.limits.v1.decision_pb2 import DecideRequest

from services.limits import convert
from services.limits.domain.errors import WindowsUnavailable
from services.limits.usecases.decide import Decide, Outcome
from services.limits.wire.call import Call, Route
from services.runtime.exceptions import MalformedRequest
from services.runtime.method import Shape, platform_method

SERVICE: Final = "envoy.service.ratelimit.v3.RateLimitService"
METHOD: Final = "ShouldRateLimit"


def route(decide: Decide) -> Route:
    """Decides about one call; the descriptors that mean no limit of ours allow it."""

    def serve(call: Call, message: bytes) -> None:
        try:
            asked = convert.descriptors(DecideRequest.FromString(message))
        except DecodeError:
            raise MalformedRequest from None

        def answer(outcome: Outcome | None) -> None:
            try:
                if outcome is None:
                    raise WindowsUnavailable
                if call.open:
                    call.answer(convert.answer(len(asked), *outcome))
            except Exception as error:  # a decision must not take the rest of its batch along
                call.fail(error)

        decide(asked, answer)

    return Route(platform_method(SERVICE, METHOD, Shape.UNARY_UNARY, DecideRequest.FromString), serve)
