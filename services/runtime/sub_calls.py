"""What the failure of a sub-call means for the call that made it."""

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from malha.error.v1.reason_pb2 import Reason

from services.runtime.exceptions import (
    DeadlineExceeded,
    DependencyUnavailable,
    DomainError,
    Overloaded,
    TokenExpired,
    TokenRevoked,
)
from services.runtime.failures import reason_name

# Nobody, or nobody who could, has answered.
_NO_ANSWER = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.ABORTED})
# What can have happened to the caller's token, which goes along, since this service let it in.
_TOKEN_ENDED: dict[str, type[DomainError]] = {
    reason_name(Reason.REASON_TOKEN_EXPIRED): TokenExpired,
    reason_name(Reason.REASON_TOKEN_REVOKED): TokenRevoked,
}


def meaning(error: BaseException) -> DomainError | None:
    """What the caller of this service hears when a call to another one failed with `error`; None: a fault of ours.

    Time that is over and work that is too much stay what they are: made UNAVAILABLE they would be tried again, at once
    and at each hop. A refusal such as NOT_FOUND answers a question that our caller never asked.
    """
    if not isinstance(error, grpc.RpcError):
        return None
    code = error.code() if isinstance(error, grpc.aio.AioRpcError) else grpc.StatusCode.UNAVAILABLE
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return DeadlineExceeded()
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return _overloaded(error)
    if code is grpc.StatusCode.UNAUTHENTICATED:
        return _token_ended(error)
    return DependencyUnavailable("service") if code in _NO_ANSWER else None


def _token_ended(error: grpc.RpcError) -> DomainError | None:
    info = error_details_pb2.ErrorInfo()
    for packed in _status(error).details:
        if packed.Is(info.DESCRIPTOR):
            packed.Unpack(info)
    kind = _TOKEN_ENDED.get(info.reason)
    return None if kind is None else kind()


def _overloaded(error: grpc.RpcError) -> Overloaded:
    """The other service's limit and its advice, where it gave them."""
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for packed in _status(error).details:
        for detail in (info, retry):
            if packed.Is(detail.DESCRIPTOR):
                packed.Unpack(detail)
    limit = info.metadata["limit"]
    refusal = Overloaded(int(limit) if limit.isdecimal() else 0)
    if retry.HasField("retry_delay"):
        refusal.retry_after = retry.retry_delay.ToTimedelta()
    return refusal


def _status(error: grpc.RpcError) -> status_pb2.Status:
    try:
        return rpc_status.from_call(error) or status_pb2.Status()
    except ValueError:  # the details speak of another code than the call: somebody else's
        return status_pb2.Status()
