"""What Envoy has counted for each cluster, in the form the judge reads."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.mesh.judge import Sample
from services.mesh.supervisor.envoy import admin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

# UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. A server that sheds
# calls or lacks a method does not serve; what callers did wrong meets canary and baseline alike, so that it may count.
_FAULTS = frozenset({"2", "4", "8", "12", "13", "14", "15"})
_DEADLINE = "4"
_HISTOGRAM = "upstream_rq_time"
# Streams that Envoy reset at the server's side. Those of its own time limits end in a gRPC code, or in another attempt,
# too; the rest are those whose caller went away or did not want to wait any longer.
_RESETS = "upstream_rq_tx_reset"
_LIMITS = (
    "upstream_rq_per_try_timeout",
    "upstream_rq_per_try_idle_timeout",
    "upstream_rq_timeout",
    "upstream_rq_max_duration_reached",
)
_RETRIES = "upstream_rq_retry"


async def cluster_samples(envoy_folder: Path, clusters: Collection[str]) -> dict[str, Sample]:
    """The totals of each cluster since Envoy was started; all zero for a cluster that was not called.

    An attempt that was repeated is a failed call of its own: otherwise retries would hide a server that fails. So is a
    call whose caller gave it up, since that is how one ends that is never answered. Durations are in whole
    milliseconds, as of Envoy's last flush, which is at most half a second ago.

    Raises:
        OSError: Envoy does not answer, or not with its figures.
    """
    names = "|".join(re.escape(cluster) for cluster in clusters)
    counters = "|".join((_RETRIES, _RESETS, *_LIMITS))
    wanted = rf"^cluster\.({names})\.(grpc\..+\.\d+|{counters}|{_HISTOGRAM})$"
    query = f"filter={quote(wanted)}&histogram_buckets=cumulative&format=json"
    status, body = await admin(envoy_folder, "GET", f"/stats?{query}")
    if status != 200:
        raise ConnectionError(f"Envoy answers {status} instead of its figures")
    try:
        stats = json.loads(body)["stats"]
        return {cluster: _sample(cluster, stats) for cluster in clusters}
    except (ValueError, KeyError, TypeError) as error:
        raise ConnectionError(f"Envoy's figures cannot be read: {error}") from error


def _sample(cluster: str, stats: Iterable[dict[str, Any]]) -> Sample:
    prefix = f"cluster.{cluster}."
    codes: Counter[str] = Counter()
    counters: Counter[str] = Counter()
    durations: dict[float, int] = {}
    for item in stats:
        for histogram in item.get("histograms", ()):
            if histogram["name"] == prefix + _HISTOGRAM:
                durations = _durations(histogram["buckets"])
        name = str(item.get("name", ""))
        if name.startswith(prefix + "grpc."):
            codes[name.rpartition(".")[2]] += int(item["value"])
        elif name.startswith(prefix):
            counters[name.removeprefix(prefix)] = int(item["value"])
    # Who races the end of a deadline is Envoy, which resets and answers, or the caller, which resets alone.
    answered = codes[_DEADLINE] + sum(counters[name] for name in _LIMITS)
    given_up = max(0, counters[_RESETS] - answered)
    unanswered = counters[_RETRIES] + given_up
    faults = sum(count for code, count in codes.items() if code in _FAULTS)
    return Sample(calls=codes.total() + unanswered, failures=faults + unanswered, durations=durations)


def _durations(buckets: Iterable[dict[str, Any]]) -> dict[float, int]:
    counts = {float(bucket["upper_bound"]): int(bucket["cumulative"]) for bucket in buckets}
    # Nothing lives longer than the last bound: it is beyond every timeout a contract may set but those of watches.
    return {**counts, math.inf: max(counts.values(), default=0)}
