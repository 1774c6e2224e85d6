"""What a cluster has answered so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Sample:
    """Counters of one cluster: totals since it came to be, or the difference of two such totals."""

    calls: int = 0
    """Calls that were answered; each attempt that Envoy repeated is one of them."""
    failures: int = 0
    """Those that failed by the server's fault."""
    durations: Mapping[float, int] = field(default_factory=dict)
    """A histogram: the upper bound of a bucket in milliseconds, to how many calls took at most that. Its total stands
    under `math.inf`. It may count fewer calls than `calls`: one that was reset has no duration."""

    @property
    def timed(self) -> int:
        """How many calls have a duration."""
        return self.durations.get(math.inf, 0)

    def since(self, earlier: Sample) -> Sample:
        """What was added after `earlier`; everything when a counter fell, since then Envoy began anew."""
        if earlier.calls > self.calls or earlier.failures > self.failures or earlier.timed > self.timed:
            return self
        counts = {bound: max(0, count - earlier.durations.get(bound, 0)) for bound, count in self.durations.items()}
        return Sample(self.calls - earlier.calls, self.failures - earlier.failures, counts)

    def plus(self, other: Sample) -> Sample:
        """Both together."""
        bounds = self.durations.keys() | other.durations.keys()
        counts = {bound: self.durations.get(bound, 0) + other.durations.get(bound, 0) for bound in sorted(bounds)}
        return Sample(self.calls + other.calls, self.failures + other.failures, counts)

    def slower_than(self, bound: float) -> int:
        """How many calls took longer than `bound`, one of the histogram's bounds."""
        return self.timed - self.durations.get(bound, self.timed)

    def quantile(self, share: float) -> float | None:
        """The duration in milliseconds that `share` of the calls did not exceed, interpolated within its bucket.

        None without durations. For what lies beyond the last finite bound, that bound.
        """
        wanted = share * self.timed
        if not self.timed:
            return None
        low, below = 0.0, 0
        for bound, count in sorted(self.durations.items()):
            if count >= wanted and count > below:
                return low if math.isinf(bound) else low + (bound - low) * max(0.0, wanted - below) / (count - below)
            low, below = bound, count
        return low
