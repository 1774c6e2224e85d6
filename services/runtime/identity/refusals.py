"""Keeps count of who was refused, and why."""

from prometheus_client import CollectorRegistry, Counter

from services.runtime.exceptions import CallerNotAllowed, PeerNotTrusted, Refusal


class Refusals:
    """Two figures. `malha_refused_peers_total{reason=...}`: calls of strangers, and handshakes that failed;
    `malha_refused_tokens_total{reason=...}`: calls whose token, or lack of one, did not permit them.

    The reasons are short names: those of `Refusal.why`, and those of `handshakes`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._peers = Counter(
            "malha_refused_peers", "Calls and handshakes refused for who made them.", ["reason"], registry=registry
        )
        self._tokens = Counter(
            "malha_refused_tokens", "Calls refused for what their token is or permits.", ["reason"], registry=registry
        )

    def count(self, reason: str) -> None:
        """Counts a handshake."""
        self._peers.labels(reason).inc()

    def count_call(self, refusal: Refusal) -> None:
        """Counts a call that the authorization refused."""
        figure = self._peers if isinstance(refusal, PeerNotTrusted | CallerNotAllowed) else self._tokens
        figure.labels(refusal.why).inc()
