"""Access tokens: what they say, before they are signed and after they were read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.runtime.auth.sessions import session_of
from services.runtime.auth.verification import COUNTED, UNLIMITED

AUDIENCE = "malha"
BEARER = "Bearer"
MFA = "mfa"
"""The value of `amr` that says that two different factors were shown (RFC 8176)."""

_SESSION_BYTES = 16
_SERIAL_BYTES = 8


def new_session() -> str:
    """The id of a session that nobody has: 128 bits, in hexadecimal."""
    return secrets.token_hex(_SESSION_BYTES)


def new_token_id(session: str) -> str:
    """The id of another token of a session: the session's, a dot and something that no other has."""
    return f"{session}.{secrets.token_hex(_SERIAL_BYTES)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What an access token says (RFC 9068). Times in whole seconds since 1970; `permissions` as it writes them, with
    wildcards, sorted."""

    issuer: str
    subject: str
    tenant: str
    tier: str
    client: str
    scope: str
    permissions: list[str]
    methods: tuple[str, ...]
    authenticated: int
    issued: int
    expires: int
    id: str

    @property
    def session(self) -> str:
        """The session it belongs to."""
        return session_of(self.id)

    def claims(self) -> dict[str, Any]:
        """The claims, for the one who signs them."""
        return {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": self.subject,
            "client_id": self.client,
            "iat": self.issued,
            "exp": self.expires,
            "jti": self.id,
            "scope": self.scope,
            "tenant": self.tenant,
            "tier": self.tier,
            **({} if self.tier == UNLIMITED else dict([COUNTED])),
            "permissions": self.permissions,
            "amr": list(self.methods),
            "auth_time": self.authenticated,
        }

    @classmethod
    def of(cls, claims: Mapping[str, Any]) -> AccessToken:
        """The token with these claims, which `claims` made: a signature of ours vouches for that."""
        return cls(
            issuer=claims["iss"],
            subject=claims["sub"],
            tenant=claims["tenant"],
            tier=claims["tier"],
            client=claims["client_id"],
            scope=claims["scope"],
            permissions=claims["permissions"],
            methods=tuple(claims["amr"]),
            authenticated=claims["auth_time"],
            issued=claims["iat"],
            expires=claims["exp"],
            id=claims["jti"],
        )
