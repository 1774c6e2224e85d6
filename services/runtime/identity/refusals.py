"""Keeps count of who was refused, and why."""

from prometheus_client import CollectorRegistry, Counter

from services.runtime.exceptions import CallerNotAllowed, PeerNotTrusted

CALLER_NOT_ALLOWED = "caller_not_allowed"


class Refusals:
    """The figure `malha_refused_peers_total{reason=...}`: calls of strangers, and handshakes that failed.

    The reasons are short names: `caller_not_allowed`, those of `PeerNotTrusted.why`, and those of `handshakes`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._refused = Counter(
            "malha_refused_peers", "Calls and handshakes refused for who made them.", ["reason"], registry=registry
        )

    def count(self, reason: str) -> None:
        """Counts one."""
        self._refused.labels(reason).inc()

    def count_call(self, refusal: PeerNotTrusted | CallerNotAllowed) -> None:
        """Counts a call that the authorization refused."""
        self.count(refusal.why if isinstance(refusal, PeerNotTrusted) else CALLER_NOT_ALLOWED)
