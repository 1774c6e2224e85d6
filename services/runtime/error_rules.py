"""How the runtime's own exceptions are told to a caller."""

from datetime import timedelta

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.runtime import exceptions
from services.runtime.failures import ErrorRule

_RETRY_AT_ONCE = timedelta(milliseconds=100)
_RETRY_SOON = timedelta(milliseconds=500)
_RETRY_LATER = timedelta(seconds=1)
_INVALID_TOKEN = 'Bearer error="invalid_token"'  # noqa: S105 - a challenge of RFC 6750

BUILT_IN: dict[type[BaseException], ErrorRule] = {
    exceptions.MalformedRequest: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_MALFORMED_REQUEST,
        message=lambda _: "the request is not a readable message of this method",
    ),
    exceptions.MessageTooLarge: ErrorRule(
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        reason=Reason.REASON_MESSAGE_TOO_LARGE,
        message=lambda e: f"the {e.direction} has {e.size} bytes; this method allows {e.limit}",
    ),
    exceptions.MethodNotFound: ErrorRule(
        code=grpc.StatusCode.UNIMPLEMENTED,
        reason=Reason.REASON_METHOD_NOT_FOUND,
        message=lambda _: "this server has no such method",
    ),
    exceptions.UnknownService: ErrorRule(
        code=grpc.StatusCode.NOT_FOUND,
        reason=Reason.REASON_METHOD_NOT_FOUND,
        message=lambda _: "this server has no such service",
    ),
    exceptions.PeerNotTrusted: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_PEER_NOT_TRUSTED,
        message=lambda _: "this server answers its mesh only",
    ),
    exceptions.CallerNotAllowed: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_CALLER_NOT_ALLOWED,
        message=lambda e: f"{e.caller} may not call this method",
        metadata=lambda e: {"caller": e.caller},
    ),
    exceptions.TokenRequired: ErrorRule(
        code=grpc.StatusCode.UNAUTHENTICATED,
        reason=Reason.REASON_TOKEN_REQUIRED,
        message=lambda _: "this method needs an access token",
        challenge=lambda _: "Bearer",
    ),
    exceptions.TokenInvalid: ErrorRule(
        code=grpc.StatusCode.UNAUTHENTICATED,
        reason=Reason.REASON_TOKEN_INVALID,
        message=lambda _: "this is no access token of this mesh",
        challenge=lambda _: _INVALID_TOKEN,
    ),
    exceptions.TokenExpired: ErrorRule(
        code=grpc.StatusCode.UNAUTHENTICATED,
        reason=Reason.REASON_TOKEN_EXPIRED,
        message=lambda _: "the access token has expired",
        challenge=lambda _: _INVALID_TOKEN,
    ),
    exceptions.TokenRevoked: ErrorRule(
        code=grpc.StatusCode.UNAUTHENTICATED,
        reason=Reason.REASON_TOKEN_REVOKED,
        message=lambda _: "the access token was revoked",
        challenge=lambda _: _INVALID_TOKEN,
    ),
    exceptions.TokenKeysUnavailable: ErrorRule(
        code=grpc.StatusCode.UNAVAILABLE,
        reason=Reason.REASON_TOKEN_KEYS_UNAVAILABLE,
        message=lambda _: "access tokens cannot be checked now; try again",
        retry_after=_RETRY_SOON,
    ),
    exceptions.PermissionMissing: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_PERMISSION_MISSING,
        message=lambda e: f"the access token does not hold {e.permission}",
        metadata=lambda e: {"permission": e.permission},
        challenge=lambda e: f'Bearer error="insufficient_scope", scope="{e.permission}"',
    ),
    exceptions.CredentialKindNotAllowed: ErrorRule(
        code=grpc.StatusCode.PERMISSION_DENIED,
        reason=Reason.REASON_CREDENTIAL_KIND_NOT_ALLOWED,
        message=lambda e: f"this method is for the access token of a {e.wanted}",
        metadata=lambda e: {"wanted": e.wanted},
    ),
    exceptions.FeatureDisabled: ErrorRule(
        code=grpc.StatusCode.FAILED_PRECONDITION,
        reason=Reason.REASON_FEATURE_DISABLED,
        message=lambda e: f"the feature {e.feature} is switched off",
        metadata=lambda e: {"feature": e.feature},
    ),
    exceptions.DeadlineTooShort: ErrorRule(
        code=grpc.StatusCode.DEADLINE_EXCEEDED,
        reason=Reason.REASON_DEADLINE_TOO_SHORT,
        message=lambda e: f"{e.remaining_ms} ms are left; a call needs at least {e.needed_ms}",
        metadata=lambda e: {"remaining_ms": str(e.remaining_ms), "needed_ms": str(e.needed_ms)},
    ),
    exceptions.DeadlineExceeded: ErrorRule(
        code=grpc.StatusCode.DEADLINE_EXCEEDED,
        reason=Reason.REASON_DEADLINE_EXCEEDED,
        message=lambda _: "the call did not finish within its deadline",
    ),
    exceptions.Overloaded: ErrorRule(
        code=grpc.StatusCode.RESOURCE_EXHAUSTED,
        reason=Reason.REASON_OVERLOADED,
        message=lambda _: "the server has as much work as it can hold; try again",
        metadata=lambda e: {"limit": str(e.limit)},
        retry_after=lambda e: e.retry_after,
    ),
    exceptions.ShuttingDown: ErrorRule(
        code=grpc.StatusCode.UNAVAILABLE,
        reason=Reason.REASON_SHUTTING_DOWN,
        message=lambda _: "this replica is stopping; another will answer",
        retry_after=_RETRY_SOON,
    ),
    exceptions.DependencyUnavailable: ErrorRule(
        code=grpc.StatusCode.UNAVAILABLE,
        reason=Reason.REASON_DEPENDENCY_UNAVAILABLE,
        message=lambda e: f"the {e.dependency} does not answer; try again",
        metadata=lambda e: {"dependency": e.dependency},
        retry_after=_RETRY_LATER,
    ),
    exceptions.RequestIdReused: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_REQUEST_ID_REUSED,
        message=lambda _: "this request_id was used before with another request",
        field=lambda _: "request_id",
    ),
    exceptions.RequestInProgress: ErrorRule(
        code=grpc.StatusCode.ABORTED,
        reason=Reason.REASON_REQUEST_IN_PROGRESS,
        message=lambda _: "a request with this request_id is being served right now; try again",
        retry_after=_RETRY_AT_ONCE,
    ),
    exceptions.FilterInvalid: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_FILTER_INVALID,
        message=lambda e: f"at character {e.position}: {e.detail}",
        metadata=lambda e: {"position": str(e.position)},
        field=lambda _: "filter",
    ),
    exceptions.OrderByInvalid: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_ORDER_BY_INVALID,
        message=lambda e: str(e.detail),
        field=lambda _: "order_by",
    ),
    exceptions.PageTokenInvalid: ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=Reason.REASON_PAGE_TOKEN_INVALID,
        message=lambda _: "the page token was not issued by this method for this filter and order",
        field=lambda _: "page_token",
    ),
}
