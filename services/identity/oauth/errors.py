"""What a caller hears of each failure around tokens: code, reason, safe text, facts."""

from __future__ import annotations

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.identity.oauth.domain import errors
from services.runtime.errors import ErrorRule


def rules() -> dict[type[BaseException], ErrorRule]:
    """The rules of this area."""
    wrong, state = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
    return {
        errors.InvalidRequest: _refused(wrong),
        errors.UnauthorizedClient: _refused(wrong),
        errors.UnsupportedGrantType: _refused(wrong),
        errors.InvalidScope: _refused(wrong),
        errors.InvalidGrant: _refused(state),
        errors.AuthorizationPending: _refused(state),
        errors.SlowDown: _refused(state),
        errors.ExpiredToken: _refused(state),
        errors.AccessDenied: _refused(state),
        errors.InvalidClient: _refused(grpc.StatusCode.UNAUTHENTICATED),
        errors.TooManyAttempts: ErrorRule(
            code=grpc.StatusCode.RESOURCE_EXHAUSTED,
            reason=Reason.REASON_TOKEN_REQUEST_REFUSED,
            message=lambda e: e.description,
            metadata=_facts,
            retry_after=lambda e: e.retry_after,
        ),
        errors.DeviceNotFound: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_DEVICE_NOT_FOUND,
            message=lambda _: "no device waits for a decision with this code",
        ),
    }


def _refused(code: grpc.StatusCode) -> ErrorRule:
    return ErrorRule(
        code=code,
        reason=Reason.REASON_TOKEN_REQUEST_REFUSED,
        message=lambda e: e.description,
        metadata=_facts,
    )


def _facts(error: errors.TokenRequestRefused) -> dict[str, str]:
    return {"error": error.error} | ({"code": error.code} if error.code else {})
