"""Lets in whom the contract names: the second lock behind Envoy's."""

from collections.abc import Collection
from typing import ClassVar

from services.runtime.call import Call, Metadata
from services.runtime.exceptions import CallerNotAllowed, PeerNotTrusted
from services.runtime.identity.peer import Peers
from services.runtime.identity.refusals import Refusals
from services.runtime.identity.spiffe import CALLER_KEY, ENVOY, workload_of
from services.runtime.interceptors.stage import Stage

# Ids that were read before: a mesh has a few dozen.
_WORKLOADS: dict[str | bytes, str] = {}
_MOST_WORKLOADS = 1024


class Authorization(Stage):
    """Finds out who calls, and refuses whom the method's policy does not name.

    A call comes through Envoy, which vouches for the caller, or straight from one of `direct`. After errors, so that a
    refusal carries its reason; before admission, so that nobody refused takes the place of a caller.
    """

    name = "authorization"
    after: ClassVar[frozenset[str]] = frozenset({"errors"})

    def __init__(self, direct: Collection[str], refusals: Refusals) -> None:
        self._direct = frozenset(direct)
        self._peers = Peers()
        self._refusals = refusals

    def begin(self, call: Call) -> None:
        try:
            self._admit(call, self._peers.workload(call.context))
        except (PeerNotTrusted, CallerNotAllowed) as refusal:
            self._refusals.count_call(refusal)
            raise

    def _admit(self, call: Call, peer: str) -> None:
        method = call.method
        if method.platform:
            call.caller = peer
            if method.peers and peer not in method.peers:
                raise CallerNotAllowed(peer)
            return
        if peer == ENVOY:
            caller = _vouched(call.metadata)
        elif peer in self._direct:
            caller = peer
        else:
            raise PeerNotTrusted("not_through_envoy")
        call.caller = caller
        if caller not in method.callers:
            raise CallerNotAllowed(caller)


def _vouched(metadata: Metadata) -> str:
    """Whom Envoy names, exactly once."""
    named = [value for key, value in metadata if key == CALLER_KEY]
    if len(named) != 1:
        raise PeerNotTrusted("caller_not_named")
    caller = _WORKLOADS.get(named[0])
    if caller is None:
        caller = workload_of(str(named[0]))
        if caller is None:
            raise PeerNotTrusted("caller_not_of_the_mesh")
        if len(_WORKLOADS) < _MOST_WORKLOADS:
            _WORKLOADS[named[0]] = caller
    return caller
