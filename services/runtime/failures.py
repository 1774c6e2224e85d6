"""What one failure tells its caller: status, reason and safe text, as a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2
from malha.error.v1.reason_pb2 import Reason

from services.runtime.exceptions import FieldViolation

DOMAIN = "malha.local"


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything a caller may hear of one failure."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[FieldViolation, ...] = ()
    retry_after: timedelta | None = None
    resource: tuple[str, str] | None = None
    challenge: str = ""
    """What would let the caller in, as `www-authenticate` of RFC 6750 says it; empty where that is not the point."""

    def to_status(self, request_id: str) -> status_pb2.Status:
        """The failure as `google.rpc.Status`, always with an ErrorInfo that names the request."""
        info = error_details_pb2.ErrorInfo(
            reason=self.reason, domain=DOMAIN, metadata={**self.metadata, "request_id": request_id}
        )
        status = status_pb2.Status(code=self.code.value[0], message=self.message, details=[_pack(info)])
        status.details.extend(_pack(detail) for detail in self._details())
        return status

    def _details(self) -> "list[Any]":
        details: list[Any] = []
        if self.violations:
            bad_request = error_details_pb2.BadRequest()
            for violation in self.violations:
                bad_request.field_violations.add(
                    field=violation.field, description=violation.description, reason=violation.rule
                )
            details.append(bad_request)
        if self.retry_after is not None:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromTimedelta(self.retry_after)
            details.append(retry)
        if self.resource is not None:
            kind, name = self.resource
            details.append(error_details_pb2.ResourceInfo(resource_type=kind, resource_name=name))
        return details


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRule:
    """How one exception type is told to a caller.

    The callables get the exception and must return only what a caller may see. `field` names the request field to
    blame; the description of the violation is the message.
    """

    code: grpc.StatusCode
    reason: int
    message: Callable[[Any], str]
    metadata: Callable[[Any], Mapping[str, str]] | None = None
    field: Callable[[Any], str | None] | None = None
    retry_after: timedelta | Callable[[Any], timedelta | None] | None = None
    resource: Callable[[Any], tuple[str, str] | None] | None = None
    challenge: Callable[[Any], str] | None = None

    def apply(self, error: BaseException) -> Failure:
        """The failure that `error` is."""
        message = self.message(error)
        blamed = self.field(error) if self.field else None
        return Failure(
            code=self.code,
            reason=reason_name(self.reason),
            message=message,
            metadata=self.metadata(error) if self.metadata else {},
            violations=(FieldViolation(blamed, message),) if blamed is not None else (),
            retry_after=self.retry_after(error) if callable(self.retry_after) else self.retry_after,
            resource=self.resource(error) if self.resource else None,
            challenge=self.challenge(error) if self.challenge else "",
        )


def reason_name(reason: int) -> str:
    """The name of a `malha.error.v1.Reason` as `ErrorInfo.reason` has it."""
    return Reason.Name(reason).removeprefix("REASON_")  # type: ignore[arg-type]  # an open enum's int


def _pack(message: Any) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed
