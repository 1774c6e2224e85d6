"""The errors that calls raise, with everything the server said about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, cast

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

DOMAIN: Final = "malha.local"
"""`google.rpc.ErrorInfo.domain` of every error made by Malha."""

_DETAILS_KEY = "grpc-status-details-bin"
_REQUEST_ID_KEY = "x-request-id"


@dataclass(frozen=True, slots=True)
class Violation:
    """One field of a request that breaks a rule of the contract."""

    field: str
    """The path of the field, such as `source.path`."""
    description: str
    """What is wrong with it."""


class MalhaError(Exception):
    """A call failed. The subclass tells the gRPC code; `reason` tells why.

    Attributes:
        code: the gRPC status code.
        message: a sentence for a person.
        reason: the name of a `malha.error.v1.Reason` without its prefix, such as `SOURCE_SYNTAX_INVALID`. Empty when no
            server said anything: no connection, or the client's own deadline.
        metadata: what the reason carries (see the enum's comments), such as `path`, `line`, `column`.
        violations: the broken rules, for `VALIDATION_FAILED` and its kin.
        retry_after: how long the server asks to wait before the next attempt. None when it does not say.
        resource: type and name of the resource that is not there. None for other errors.
        request_id: the id under which the mesh logged the call. Empty when it never got there.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        message: str,
        *,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[Violation] = (),
        retry_after: timedelta | None = None,
        resource: tuple[str, str] | None = None,
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.metadata: Mapping[str, str] = MappingProxyType(dict(metadata or {}))
        self.violations = tuple(violations)
        self.retry_after = retry_after
        self.resource = resource
        self.request_id = request_id

    def __str__(self) -> str:
        head = f"{self.code.name} {self.reason}".rstrip()
        tail = f" (request {self.request_id})" if self.request_id else ""
        broken = "".join(f"; {item.field}: {item.description}" for item in self.violations)
        return f"{head}: {self.message}{broken}{tail}"


class Cancelled(MalhaError):
    """The call was given up."""


class InvalidArgument(MalhaError):
    """The request, or the source in it, is not acceptable; sending it again changes nothing."""


class DeadlineExceeded(MalhaError):
    """The call did not finish in time."""


class NotFound(MalhaError):
    """The resource does not exist."""


class AlreadyExists(MalhaError):
    """The resource exists already."""


class PermissionDenied(MalhaError):
    """The caller may not do this."""


class ResourceExhausted(MalhaError):
    """A limit is reached: the load of the server, a quota, or the size of a message."""


class FailedPrecondition(MalhaError):
    """The state of the resource does not allow this now."""


class Aborted(MalhaError):
    """Somebody else was faster; read again and repeat."""


class Unimplemented(MalhaError):
    """The mesh does not know the method."""


class Internal(MalhaError):
    """A fault of the server; its log has the detail under the request id."""


class Unavailable(MalhaError):
    """The mesh, or something it needs, does not answer; later it may."""


class Unauthenticated(MalhaError):
    """The caller did not prove who it is."""


_CLASSES: Final[Mapping[grpc.StatusCode, type[MalhaError]]] = {
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgument,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.ABORTED: Aborted,
    grpc.StatusCode.UNIMPLEMENTED: Unimplemented,
    grpc.StatusCode.INTERNAL: Internal,
    grpc.StatusCode.DATA_LOSS: Internal,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
}

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


def from_rpc(error: grpc.RpcError) -> MalhaError:
    """The typed error for what a blocking or an asyncio call raised."""
    code: grpc.StatusCode = error.code()
    trailers = _trailers(error)
    status = _status(trailers)
    # A status in the details that contradicts the call's own is not about this call.
    if status is None or status.code != code.value[0]:
        status = status_pb2.Status(code=code.value[0], message=error.details() or code.name)
    request_id = trailers.get(_REQUEST_ID_KEY, "")
    return from_status(status, request_id.decode("latin-1") if isinstance(request_id, bytes) else request_id)


def from_status(status: status_pb2.Status, request_id: str = "") -> MalhaError:
    """The typed error for a status, such as that of one source in a batch.

    `request_id` serves when the status itself does not name one.
    """
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    info, bad, retry, resource = _details(status)
    metadata = dict(info.metadata)
    return _CLASSES.get(code, MalhaError)(
        code,
        status.message,
        reason=info.reason,
        metadata=metadata,
        violations=[Violation(item.field, item.description) for item in bad.field_violations],
        retry_after=retry.retry_delay.ToTimedelta() if retry else None,
        resource=(resource.resource_type, resource.resource_name) if resource else None,
        request_id=metadata.get("request_id") or request_id,
    )


def _details(
    status: status_pb2.Status,
) -> tuple[
    error_details_pb2.ErrorInfo,
    error_details_pb2.BadRequest,
    error_details_pb2.RetryInfo | None,
    error_details_pb2.ResourceInfo | None,
]:
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    retry, resource = error_details_pb2.RetryInfo(), error_details_pb2.ResourceInfo()
    found = {
        message.DESCRIPTOR.full_name
        for detail in status.details
        for message in (info, bad, retry, resource)
        if _unpacked(detail, message)
    }
    return (
        info,
        bad,
        retry if retry.DESCRIPTOR.full_name in found else None,
        resource if resource.DESCRIPTOR.full_name in found else None,
    )


def _unpacked(detail: object, message: object) -> bool:
    try:
        return bool(detail.Unpack(message))  # type: ignore[attr-defined]
    except DecodeError:
        return False


def _trailers(error: grpc.RpcError) -> dict[str, str | bytes]:
    # The blocking and the asyncio API give different types, but both are iterables of pairs.
    pairs = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    return dict(pairs)


def _status(trailers: Mapping[str, str | bytes]) -> status_pb2.Status | None:
    raw = trailers.get(_DETAILS_KEY)
    if not isinstance(raw, bytes):
        return None
    try:
        return status_pb2.Status.FromString(raw)
    except DecodeError:
        return None
