"""What callers notice of whatever happens to the mesh: the scenarios of `tests/e2e/test_resilience.py`, measured."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bench.report import Section
from tests.support.load import RATE, Report, load
from tests.support.mesh_process import Mesh, mesh
from tests.support.scenarios import PROFILE, REPLICAS, SCENARIOS

_SECONDS = float(os.environ.get("MALHA_TEST_LOAD_SECONDS", "60"))
_TARGET = "0 failed, each mutation once"


def run() -> list[Section]:
    """Measure a mesh in calm, and then in each scenario."""
    section = Section(
        "Resilience",
        f"{RATE:.0f} calls a second for {_SECONDS:.0f} s each, in an open loop (a call's time counts from when it was "
        "due): gRPC echo, a relay through the inner mesh, REST, server streams, rules, analyses, and mutations with "
        f"request ids. {REPLICAS} echo replicas, 2 of analysis; each event happens again five seconds after it was "
        "over. Callers, Envoy, services, PostgreSQL and Redis share the machine.",
    )
    print(section.title, flush=True)
    with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder, mesh(Path(folder, "state"), *PROFILE) as running:
        _note(section, "nothing happens", _calm(running))
        for scenario in SCENARIOS:
            _note(section, scenario.name, scenario.run(running, _SECONDS, RATE))
    return [section]


def _calm(running: Mesh) -> Report:
    with load(running) as calls:
        calls.wait(_SECONDS)
        return calls.report()


def _note(section: Section, name: str, report: Report) -> None:
    applied = "each mutation once" if report.acknowledged == report.changes else _doubtful(report)
    section.add(
        name,
        f"{sum(report.failed.values())} of {report.calls:,} failed, {applied}; p50 {report.quantile(0.5):.1f}, "
        f"p99 {report.quantile(0.99):.0f}, p99.9 {report.quantile(0.999):.0f} ms",
        _TARGET,
    )
    if report.failures:
        print(report.told, flush=True)


def _doubtful(report: Report) -> str:
    return f"{report.acknowledged} mutations answered and {report.changes} applied"
