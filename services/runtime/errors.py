"""What a caller hears of a failure: the one place where exceptions become status, reason and safe text.

A service gives an `ErrorMap` of its own exceptions; the runtime's are built in. An exception that no rule knows becomes
INTERNAL with a sentence that tells nothing: its text goes to the log only.
"""

from collections.abc import Mapping

import grpc
from google.rpc import status_pb2
from malha.error.v1.reason_pb2 import Reason

from services.runtime import exceptions
from services.runtime.dependencies import failed_dependency
from services.runtime.error_rules import BUILT_IN
from services.runtime.exceptions import DomainError, FieldViolation, ValidationFailed
from services.runtime.failures import DOMAIN, ErrorRule, Failure, reason_name
from services.runtime.sub_calls import meaning

__all__ = ["DOMAIN", "DomainError", "ErrorMap", "ErrorRule", "Failure", "reason_name"]


class ErrorMap:
    """The rules of one service over the runtime's own; the most specific class of an exception decides."""

    def __init__(self, rules: Mapping[type[BaseException], ErrorRule] | None = None) -> None:
        self._rules: dict[type[BaseException], ErrorRule] = {**BUILT_IN, **(rules or {})}

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
            return BUILT_IN[exceptions.DependencyUnavailable].apply(exceptions.DependencyUnavailable(dependency))
        return _internal()


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
