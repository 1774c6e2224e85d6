"""Decisions as figures for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.limits.domain.decision import Decision
from services.limits.domain.policy import Claim


class PrometheusTally(Collector):
    """Counts by the limit's name: the names are those of the policy, so they are few.

    Of a refused call only the limits are counted that refused it. The counts are plain numbers that become figures when
    somebody asks: decisions and scrapes share the event loop's thread.
    """

    def __init__(self, registry: CollectorRegistry, problem: Callable[[], str]) -> None:
        """`problem` says what is wrong with the policy file."""
        self._counts: dict[tuple[str, str], int] = {}
        self._problem = problem
        registry.register(self)

    def decided(self, decision: Decision) -> None:
        """See `Tally`."""
        allowed = not decision.refusals
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

    def collect(self) -> Iterator[Metric]:
        """The figures, as they are now."""
        decisions = CounterMetricFamily(
            "malha_limits_decisions",
            "What limits said: allowed, refused, shadow (would have refused), undecided (Redis did not answer).",
            labels=("limit", "outcome"),
        )
        for labels, count in self._counts.items():
            decisions.add_metric(labels, count)
        yield decisions
        yield GaugeMetricFamily(
            "malha_limits_policy_rejected",
            "1 while the policy file cannot be used and an older one holds.",
            value=float(bool(self._problem())),
        )

    def _count(self, limit: str, outcome: str) -> None:
        key = limit, outcome
        self._counts[key] = self._counts.get(key, 0) + 1
