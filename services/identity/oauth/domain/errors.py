"""What an OAuth2 endpoint refuses, by the names that the RFCs give it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from services.runtime.exceptions import DomainError


class TokenRequestRefused(DomainError):
    """A request is refused. `error` is the code of the RFC; `description` is for people: ASCII without quotes and
    backslashes (RFC 6749, 5.2); `code` tells a program more than `error`, where there is more to tell."""

    error: ClassVar[str]
    code: ClassVar[str] = ""

    def __init__(self, description: str) -> None:
        super().__init__(f"{self.error}: {description}")
        self.description = description


class InvalidRequest(TokenRequestRefused):
    """A parameter is missing, comes twice or cannot be read."""

    error = "invalid_request"


class InvalidClient(TokenRequestRefused):
    """The client is unknown, or did not prove to be itself: never told apart."""

    error = "invalid_client"

    def __init__(self) -> None:
        super().__init__("there is no such client, or its secret is wrong")


class InvalidGrant(TokenRequestRefused):
    """What the client offered for a token is wrong, used up, ended or another client's."""

    error = "invalid_grant"


class SecondFactorMissing(InvalidGrant):
    """The password is right, and a code has to come with it."""

    code = "mfa_required"

    def __init__(self) -> None:
        super().__init__("mfa_required: send a code of the authenticator as otp, beside the password")


class UnauthorizedClient(TokenRequestRefused):
    """The client may not do this."""

    error = "unauthorized_client"


class UnsupportedGrantType(TokenRequestRefused):
    """Nothing is given for this."""

    error = "unsupported_grant_type"

    def __init__(self) -> None:
        super().__init__("this grant type is none of those in the discovery document")


class InvalidScope(TokenRequestRefused):
    """A scope cannot be read, or nothing of it can be granted."""

    error = "invalid_scope"


class AuthorizationPending(TokenRequestRefused):
    """Nobody has decided on the device yet."""

    error = "authorization_pending"

    def __init__(self) -> None:
        super().__init__("nobody has decided yet; ask again after the interval")


class SlowDown(TokenRequestRefused):
    """The device asks more often than it may; from now on its interval is five seconds longer."""

    error = "slow_down"

    def __init__(self) -> None:
        super().__init__("too early; wait five seconds longer between two questions from now on")


class ExpiredToken(TokenRequestRefused):
    """The device's codes have ended before anybody decided."""

    error = "expired_token"

    def __init__(self) -> None:
        super().__init__("the codes have ended; begin anew")


class AccessDenied(TokenRequestRefused):
    """A person turned the device away."""

    error = "access_denied"

    def __init__(self) -> None:
        super().__init__("a person turned this device away")


class TooManyAttempts(TokenRequestRefused):
    """Too many attempts failed; what was shown was not even looked at."""

    error = "temporarily_unavailable"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("too many attempts failed; wait before the next one")
        self.retry_after = retry_after


class DeviceNotFound(DomainError):
    """No device waits for a decision with this code, or this ticket."""
