"""What can go wrong with subjects, credentials and roles, in words that know no transport."""

from __future__ import annotations

from datetime import timedelta

from services.runtime.exceptions import DomainError


class AuthenticationFailed(DomainError):
    """Somebody did not prove to be somebody. Which part was wrong is nobody's business."""


class CredentialsInvalid(AuthenticationFailed):
    """There is no such subject, or it is disabled, or what it showed is wrong: never told apart."""


class SecondFactorRequired(AuthenticationFailed):
    """The password is right, and a code has to come with it."""


class LockedOut(AuthenticationFailed):
    """Too many attempts failed; what was shown was not even looked at."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(str(retry_after))
        self.retry_after = retry_after


class NotFound(DomainError):
    """There is no such resource in the caller's tenant; `kind` is its message's name, `name` its resource name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name)
        self.kind = kind
        self.name = name


class FieldWrong(DomainError):
    """A field of a request says what cannot be; `detail` says why."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class AlreadyExists(DomainError):
    """Something has this name already; `kind` is its message's name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name)
        self.kind = kind
        self.name = name


class Escalation(DomainError):
    """Somebody wanted to give, or to lay hands on, more than they hold; `permission` is one that they lack."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class BuiltIn(DomainError):
    """What is built in cannot be changed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class InUse(DomainError):
    """Something else still needs what was to be removed; `detail` says what."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name
        self.detail = detail


class Outdated(DomainError):
    """A resource was changed since its reader read it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class PasswordUnfit(DomainError):
    """A password breaks the rules; `detail` says which, and never holds the password."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class PermissionUnknown(DomainError):
    """No method asks for this permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class FactorStateInvalid(DomainError):
    """The second factor is not in the state that the change needs; `detail` says what is."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
