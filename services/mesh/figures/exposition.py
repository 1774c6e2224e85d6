"""Reads what a replica tells Prometheus: its calls by method and caller."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from services.mesh.judge import Sample

# What the semantic conventions blame on the server; the other codes are the caller's affair.
_FAULTS = frozenset({"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"})
_HANDLED = "grpc_server_handled_total"
_BUCKET = "grpc_server_handling_seconds_bucket"
_RUNNING = "grpc_server_running"
# Health, reflection and the intake of spans belong to the machinery.
_OURS = "malha."


class Series(NamedTuple):
    """Whose figures they are."""

    component: str
    method: str
    """As `malha.analysis.v1.AnalysisService/AnalyzeSource`."""
    caller: str
    """Empty outside of a mesh; `other` for one that the contract does not name."""


class Outcomes(NamedTuple):
    """The totals of one replica."""

    calls: dict[Series, Sample]
    running: int
    """Calls being served."""


@dataclass(slots=True)
class _Counts:
    calls: int = 0
    failures: int = 0
    durations: dict[float, int] = field(default_factory=dict)


def parse(component: str, text: str) -> Outcomes:
    """The totals in a page of metrics; raises ValueError for one that is none."""
    counts: defaultdict[Series, _Counts] = defaultdict(_Counts)
    running = 0
    lines = "".join(line for line in text.splitlines(keepends=True) if line.startswith("grpc_server_"))
    for family in text_string_to_metric_families(lines):
        for sample in family.samples:
            labels, value = sample.labels, int(sample.value)
            if sample.name == _RUNNING:
                running = value
            if not labels.get("grpc_service", "").startswith(_OURS):
                continue
            series = Series(component, f"{labels['grpc_service']}/{labels['grpc_method']}", labels.get("caller", ""))
            if sample.name == _HANDLED:
                counts[series].calls += value
                counts[series].failures += value if labels["grpc_code"] in _FAULTS else 0
            elif sample.name == _BUCKET:
                counts[series].durations[_milliseconds(labels["le"])] = value
    return Outcomes({key: Sample(one.calls, one.failures, one.durations) for key, one in counts.items()}, running)


def _milliseconds(bound: str) -> float:
    return math.inf if bound == "+Inf" else round(float(bound) * 1e3, 6)
