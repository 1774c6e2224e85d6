"""What Envoy hears of each failure of this service: code, reason, safe text."""

from __future__ import annotations

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.limits.domain.errors import WindowsUnavailable
from services.limits.wire.gate import MessageCompressed
from services.runtime.errors import ErrorMap, ErrorRule


def error_map() -> ErrorMap:
    """The rules of this service over those of the runtime."""
    return ErrorMap(
        {
            WindowsUnavailable: ErrorRule(
                code=grpc.StatusCode.UNAVAILABLE,
                reason=Reason.REASON_DEPENDENCY_UNAVAILABLE,
                message=lambda _: "redis does not answer",
                metadata=lambda _: {"dependency": "redis"},
            ),
            MessageCompressed: ErrorRule(
                code=grpc.StatusCode.UNIMPLEMENTED,
                reason=Reason.REASON_MALFORMED_REQUEST,
                message=lambda _: "this server takes no compressed messages",
            ),
        }
    )
