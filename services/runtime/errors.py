"""What a caller hears of a failure: the one place where exceptions become status, reason and safe text.

A service gives an `ErrorMap` of its own exceptions; the runtime's are built in. An exception that no rule knows becomes
INTERNAL with a sentence that tells nothing: its text goes to the log only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2
from malha.error.v1.reason_pb2 import Reason

from services.runtime import exceptions
from services.runtime.dependencies import failed_dependency
from services.runtime.exceptions import DomainError, FieldViolation, ValidationFailed
from services.runtime.sub_calls import meaning

__all__ = ["DOMAIN", "DomainError", "ErrorMap", "ErrorRule", "Failure"]

DOMAIN = "malha.local"
_RETRY_AT_ONCE = timedelta(milliseconds=100)
_RETRY_SOON = timedelta(milliseconds=500)
_RETRY_LATER = timedelta(seconds=1)


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
        )


class ErrorMap:
    """The rules of one service over the runtime's own; the most specific class of an exception decides."""

    def __init__(self, rules: Mapping[type[BaseException], ErrorRule] | None = None) -> None:
        self._rules: dict[type[BaseException], ErrorRule] = {**_BUILT_IN, **(rules or {})}

    def to_failure(self, error: BaseException) -> Failure:
        """What a caller may hear of `error`; never raises."""
        try:
            return self._translate(error)
        except Exception:
            # A rule that fails must not put its own text, or the first error's, before a caller.
            return _internal()

    def to_status(self, error: BaseException, request_id: str) -> status_pb2.Status:
        """`error` as a status, for a batch item or a whole call alike."""
        return self.to_failure(error).to_status(request_id)

    def _translate(self, error: BaseException) -> Failure:
        if isinstance(error, ValidationFailed):
            return _validation(error)
        for kind in type(error).__mro__:
            rule = self._rules.get(kind)
            if rule is not None:
                return rule.apply(error)
        sub_call = meaning(error)
        if sub_call is not None:
            return self._rules[type(sub_call)].apply(sub_call)
        dependency = failed_dependency(error)
        if dependency is not None:
            return _BUILT_IN[exceptions.DependencyUnavailable].apply(exceptions.DependencyUnavailable(dependency))
        return _internal()


def reason_name(reason: int) -> str:
    """The name of a `malha.error.v1.Reason` as `ErrorInfo.reason` has it."""
    return Reason.Name(reason).removeprefix("REASON_")  # type: ignore[arg-type]  # an open enum's int


def _pack(message: Any) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def _internal() -> Failure:
    return Failure(grpc.StatusCode.INTERNAL, reason_name(Reason.REASON_INTERNAL), "internal error")


def _validation(error: ValidationFailed) -> Failure:
    first = error.violations[0] if error.violations else FieldViolation("", "invalid")
    more = f" (and {len(error.violations) - 1} more)" if len(error.violations) > 1 else ""
    return Failure(
        grpc.StatusCode.INVALID_ARGUMENT,
        reason_name(Reason.REASON_VALIDATION_FAILED),
        f"{first.field}: {first.description}{more}",
        violations=error.violations,
    )


_BUILT_IN: dict[type[BaseException], ErrorRule] = {
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
