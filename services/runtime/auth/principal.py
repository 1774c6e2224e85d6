"""On whose behalf a call is made: what a verified token says, or what the mesh knows of a workload."""

import math
from dataclasses import dataclass
from enum import StrEnum

from services.runtime.call import current


class PrincipalKind(StrEnum):
    """What a principal is."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"
    WORKLOAD = "workload"
    """A service of the mesh that acts on its own behalf."""
    ANONYMOUS = "anonymous"
    """Somebody outside who showed no token, at a method that asks for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is behind a call, and what that one may do. One object serves all calls with the same token."""

    kind: PrincipalKind
    subject: str
    """`users/<id>`, `serviceAccounts/<id>`, the workload's name, or empty for nobody."""
    tenant: str = ""
    """The tenant's id; empty for a workload and for nobody: what belongs to a tenant is not theirs."""
    permissions: frozenset[str] = frozenset()
    """As `<area>.<resource>.<verb>`."""
    tier: str = ""
    client: str = ""
    """The OAuth2 client through which the token was obtained."""
    token_id: str = ""
    expires: float = math.inf
    """When the token ends, in seconds since 1970."""
    mfa: bool = False
    """Whether a second factor was shown when the token was issued."""

    def may(self, permission: str) -> bool:
        """Whether the principal holds `permission`."""
        return permission in self.permissions


class _Every(frozenset[str]):
    """The set that lacks nothing."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        return True


ANONYMOUS = Principal(kind=PrincipalKind.ANONYMOUS, subject="")
"""Whoever calls from outside without a token."""

OPEN = Principal(kind=PrincipalKind.WORKLOAD, subject="open", tenant="local", permissions=_Every(), tier="development")
"""Everyone, where a server guards nothing: in tests and benchmarks of the mesh itself."""


def workload(name: str) -> Principal:
    """The principal of a workload that acts on its own behalf."""
    return Principal(kind=PrincipalKind.WORKLOAD, subject=name)


def principal() -> Principal:
    """The principal of the call that this code serves.

    Raises:
        LookupError: outside of an rpc, or before the call was authorised.
    """
    found = current().principal
    if found is None:
        raise LookupError("nobody has said on whose behalf this call is made")
    return found
