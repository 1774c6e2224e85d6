"""What can go wrong in any service, in words that know no transport.

`services.runtime.errors` says what a caller hears of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


class DomainError(Exception):
    """A failure that the contract of a service knows by name; its subclasses carry facts, not sentences for callers."""


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One rule of the contract that a request breaks: the field's path, what is wrong, and the rule's id."""

    field: str
    description: str
    rule: str = ""


class ValidationFailed(DomainError):
    """A request breaks rules of the contract."""

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        super().__init__(", ".join(f"{v.field}: {v.description}" for v in violations))
        self.violations = tuple(violations)


class MalformedRequest(DomainError):
    """The bytes of a request are no message of the method's request type."""


class MessageTooLarge(DomainError):
    """A message has more bytes than its method allows; `direction` is `request` or `response`."""

    def __init__(self, size: int, limit: int, direction: str = "request") -> None:
        super().__init__(f"{direction} of {size} bytes, limit {limit}")
        self.size = size
        self.limit = limit
        self.direction = direction


class MethodNotFound(DomainError):
    """No service here has the method."""


class Refusal(DomainError):
    """Somebody may not make a call; `why` is a short name, for logs and figures, never for the caller."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(detail or why)
        self.why = why


class PeerNotTrusted(Refusal):
    """Whoever holds the connection may not speak to this server at all."""


class CallerNotAllowed(Refusal):
    """A workload called a method whose contract does not name it."""

    def __init__(self, caller: str) -> None:
        super().__init__("caller_not_allowed", caller)
        self.caller = caller


class TokenRequired(Refusal):
    """A method that asks for an access token was called without one."""

    def __init__(self) -> None:
        super().__init__("token_required")


class TokenInvalid(Refusal):
    """What came is no access token of this mesh."""


class TokenExpired(Refusal):
    """An access token was valid once."""

    def __init__(self) -> None:
        super().__init__("token_expired")


class TokenRevoked(Refusal):
    """An access token was revoked before its time."""

    def __init__(self) -> None:
        super().__init__("token_revoked")


class TokenKeysUnavailable(Refusal):
    """No token can be checked: nobody has told with which keys."""

    def __init__(self) -> None:
        super().__init__("token_keys_unavailable")


class PermissionMissing(Refusal):
    """The principal lacks a permission."""

    def __init__(self, permission: str) -> None:
        super().__init__("permission_missing", permission)
        self.permission = permission


class CredentialKindNotAllowed(Refusal):
    """The principal is of another kind than the method is for; `wanted` is `user` or `service`."""

    def __init__(self, wanted: str) -> None:
        super().__init__("credential_kind_not_allowed", wanted)
        self.wanted = wanted


class FeatureDisabled(DomainError):
    """A method whose feature is switched off, for this caller or for everyone."""

    def __init__(self, feature: str) -> None:
        super().__init__(feature)
        self.feature = feature


class UnknownService(DomainError):
    """Somebody asked for the health of a service that is not here."""


class DeadlineTooShort(DomainError):
    """The caller left less time than any call needs; both figures in milliseconds."""

    def __init__(self, remaining_ms: int, needed_ms: int) -> None:
        super().__init__(f"{remaining_ms} ms left, {needed_ms} ms needed")
        self.remaining_ms = remaining_ms
        self.needed_ms = needed_ms


class DeadlineExceeded(DomainError):
    """The call did not finish in its time."""


class Overloaded(DomainError):
    """A queue or a server holds as much work as it may; `limit` is that much."""

    def __init__(self, limit: int, retry_after: timedelta = timedelta(milliseconds=500)) -> None:
        super().__init__(f"limit {limit}")
        self.limit = limit
        self.retry_after = retry_after


class ShuttingDown(DomainError):
    """The process stops and cannot finish the call."""


class DependencyUnavailable(DomainError):
    """Something the service needs does not answer; `dependency` is its name, such as `database`."""

    def __init__(self, dependency: str) -> None:
        super().__init__(dependency)
        self.dependency = dependency


class RequestIdReused(DomainError):
    """A `request_id` came a second time with another request."""


class RequestInProgress(DomainError):
    """The same `request_id` is being served right now."""


class FilterInvalid(DomainError):
    """A filter does not parse or names an unknown field; `position` is the 1-based character where reading stopped."""

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(f"at {position}: {detail}")
        self.position = position
        self.detail = detail


class OrderByInvalid(DomainError):
    """An order does not parse or names a field that cannot order."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class PageTokenInvalid(DomainError):
    """A page token was not issued for this query."""
