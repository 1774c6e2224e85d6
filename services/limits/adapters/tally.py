"""Decisions as figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.limits.domain.decision import Decision
from services.limits.domain.policy import Claim


class PrometheusTally:
    """Counts by the limit's name: the names are those of the policy, so they are few.

    Of a refused call only the limits are counted that refused it.
    """

    def __init__(self, registry: CollectorRegistry, problem: Callable[[], str]) -> None:
        self._decisions = Counter(
            "malha_limits_decisions",
            "What limits said: allowed, refused, shadow (would have refused), undecided (Redis did not answer).",
            ("limit", "outcome"),
            registry=registry,
        )
        self._increments: dict[tuple[str, str], Callable[[], None]] = {}
        Gauge(
            "malha_limits_policy_rejected", "1 while the policy file cannot be used and an older one holds.",
            registry=registry,
        ).set_function(lambda: float(bool(problem())))  # fmt: skip

    def decided(self, decision: Decision) -> None:
        """See `Tally`."""
        allowed = decision.allowed
        for claim, standing in zip(decision.claims, decision.standings, strict=True):
            limit = claim.limit
            if not standing.fits:
                self._count(limit.name, "shadow" if limit.shadow else "refused")
            elif allowed:
                self._count(limit.name, "allowed")

    def undecided(self, claims: Sequence[Claim]) -> None:
        """See `Tally`."""
        for claim in claims:
            self._count(claim.limit.name, "undecided")

    def _count(self, limit: str, outcome: str) -> None:
        increment = self._increments.get((limit, outcome))
        if increment is None:
            increment = self._increments[limit, outcome] = self._decisions.labels(limit, outcome).inc
        increment()
