"""How well the caches do."""

from prometheus_client import CollectorRegistry, Counter


class CacheMetrics:
    """Hits, misses and failures by tier; one for each process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lookups = Counter("malha_cache_lookups_total", "Keys asked for.", ("tier", "result"), registry=registry)
        self._failures = Counter("malha_cache_failures_total", "Calls that failed.", ("tier",), registry=registry)

    def looked_up(self, tier: str, hits: int, misses: int) -> None:
        """Counts one look-up of `hits + misses` keys."""
        if hits:
            self._lookups.labels(tier, "hit").inc(hits)
        if misses:
            self._lookups.labels(tier, "miss").inc(misses)

    def failed(self, tier: str) -> None:
        """Counts one call that the tier could not serve."""
        self._failures.labels(tier).inc()
