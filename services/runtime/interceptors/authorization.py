"""Lets in whom the contract names and whose token permits it: the second lock behind Envoy's."""

from collections.abc import Collection
from typing import Any, ClassVar

from services.runtime.auth.principal import ANONYMOUS, OPEN, Principal, PrincipalKind, workload
from services.runtime.auth.tokens import HEADER, SCHEME, Tokens
from services.runtime.call import Call, Metadata
from services.runtime.exceptions import (
    CallerNotAllowed,
    CredentialKindNotAllowed,
    PeerNotTrusted,
    PermissionMissing,
    Refusal,
    TokenInvalid,
    TokenRequired,
)
from services.runtime.identity.peer import Peers
from services.runtime.identity.refusals import Refusals
from services.runtime.identity.spiffe import CALLER_KEY, EDGE, ENVOY, workload_of
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Access, Method

# A call that was let in goes on in other services, though its token may end meanwhile, for this many seconds.
_GRACE = 120.0

# Ids that were read before: a mesh has a few dozen.
_WORKLOADS: dict[str | None, str] = {}
_MOST_WORKLOADS = 1024


class Authorization(Stage):
    """Finds out who calls and on whose behalf, and refuses whom the method's policy does not let in.

    A call comes through Envoy, which vouches for the caller, or straight from one of `direct`. From outside it needs
    a token that holds the method's permission. Between services the callers of the policy decide; the token of the
    user for whom it all began comes along and says on whose behalf. Without `tokens` everyone may do everything: that
    is for meshes without an issuer. After errors, so that a refusal carries its reason; before admission, so that
    nobody refused takes the place of a caller.
    """

    name = "authorization"
    after: ClassVar[frozenset[str]] = frozenset({"errors"})

    def __init__(self, direct: Collection[str], refusals: Refusals, tokens: Tokens | None = None) -> None:
        self._direct = frozenset(direct)
        self._peers = Peers()
        self._refusals = refusals
        self._tokens = tokens
        self._workloads: dict[str, Principal] = {}

    def begin(self, call: Call) -> None:
        try:
            self._admit(call, self._peers.workload(call.context))
        except Refusal as refusal:
            self._refusals.count_call(refusal)
            raise

    def _admit(self, call: Call, peer: str) -> None:
        method = call.method
        if method.platform:
            call.caller = peer
            if method.peers and peer not in method.peers:
                raise CallerNotAllowed(peer)
            return
        headers = call.headers
        if len(headers) == len(call.metadata):
            named: Any = headers.get(CALLER_KEY)
            header: Any = headers.get(HEADER, "")
        else:
            named, header = _headers(call.metadata)
        if peer == ENVOY:
            caller = _WORKLOADS.get(named) or _vouched(named)
        elif peer in self._direct:
            caller = peer
        else:
            raise PeerNotTrusted("not_through_envoy")
        call.caller = caller
        if caller not in method.callers:
            raise CallerNotAllowed(caller)
        tokens = self._tokens
        if tokens is None:
            call.principal = OPEN
        elif caller == EDGE:
            call.principal = _from_outside(method, header, tokens)
        elif header.startswith(SCHEME):
            call.principal = tokens.principal(header, _GRACE)
        else:
            call.principal = self._workload(caller)

    def _workload(self, name: str) -> Principal:
        found = self._workloads.get(name)
        if found is None:
            found = self._workloads[name] = workload(name)
        return found


def _from_outside(method: Method, header: str, tokens: Tokens) -> Principal:
    """Whom the header of a call through the edge stands for, when that one may make the call.

    A token is checked where none is needed, too: what a caller shows is good, or the call is not.
    """
    access = method.access
    if not header.startswith(SCHEME):  # another scheme is the business of the method, such as a client's password
        if access is Access.ANONYMOUS:
            return ANONYMOUS
        raise TokenRequired
    principal = tokens.principal(header)
    if access is Access.ANONYMOUS:
        return principal
    if access is Access.USER and principal.kind is not PrincipalKind.USER:
        raise CredentialKindNotAllowed("user")
    if access is Access.SERVICE and principal.kind is not PrincipalKind.SERVICE_ACCOUNT:
        raise CredentialKindNotAllowed("service")
    if method.permission not in principal.permissions:
        raise PermissionMissing(method.permission)
    return principal


def _headers(metadata: Metadata) -> tuple[str | None, str]:
    """Whom Envoy names as the caller, if it does, and the caller's authorization, empty when there is none.

    Raises:
        PeerNotTrusted: Envoy names two.
        TokenInvalid: the caller has two headers: whoever reads the other one would see another token.
    """
    named: Any = None
    header: Any = ""
    for key, value in metadata:
        if key == CALLER_KEY:
            if named is not None:
                raise PeerNotTrusted("caller_not_named")
            named = value
        elif key == HEADER:
            if header:
                raise TokenInvalid("several_headers")
            header = value
    return named, header


def _vouched(named: str | None) -> str:
    """The workload of an id that was not read before."""
    if named is None:
        raise PeerNotTrusted("caller_not_named")
    caller = workload_of(named)
    if caller is None:
        raise PeerNotTrusted("caller_not_of_the_mesh")
    if len(_WORKLOADS) < _MOST_WORKLOADS:
        _WORKLOADS[named] = caller
    return caller
