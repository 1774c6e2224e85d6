"""A steady load on a mesh while something happens to it, and what became of its calls."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.alone import alone
from tests.support.mesh_process import ROOT, Mesh

RATE = 300.0
_START_SECONDS = 30.0
_END_SECONDS = 60.0


@dataclass(frozen=True)
class Report:
    """What became of the calls."""

    seconds: float
    milliseconds: Mapping[str, list[float]]
    """The time of each call by kind, from when it was due to its end."""
    failed: Mapping[str, int]
    failures: list[dict[str, Any]]
    """The first failures: `kind`, `at` (seconds since the begin), how many `seconds` each took, and `error`."""
    repeated: int
    """REST calls that were sent twice, since their connection was closed under them."""
    acknowledged: int
    """Mutations that were answered."""
    value: int
    """The sum of all counters afterwards: one for each mutation that was applied."""
    changes: int

    @property
    def calls(self) -> int:
        """How many calls there were."""
        return sum(len(times) for times in self.milliseconds.values())

    def quantile(self, share: float, kind: str | None = None) -> float:
        """The time in milliseconds below which `share` of the calls lie (nearest rank): of one kind, or of all."""
        chosen = self.milliseconds.values() if kind is None else [self.milliseconds[kind]]
        times = sorted(time for some in chosen for time in some)
        return times[min(len(times) - 1, int(share * len(times)))]

    @property
    def told(self) -> str:
        """It in a line, and a line for each failure that is known."""
        head = (
            f"{self.calls} calls in {self.seconds:.1f} s, {sum(self.failed.values())} failed; p50 "
            f"{self.quantile(0.5):.1f} ms, p99 {self.quantile(0.99):.1f} ms, p99.9 {self.quantile(0.999):.1f} ms; "
            f"{self.acknowledged} mutations answered, {self.changes} applied; {self.repeated} REST calls repeated"
        )
        failures = [
            f"{each['at']:8.3f} s {each['kind']}, after {each['seconds']} s: {each['error']}" for each in self.failures
        ]
        return "\n".join([head, *failures])


class Running:
    """A load that runs; `report` ends it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._began = time.monotonic()

    @property
    def elapsed(self) -> float:
        """The seconds since it began."""
        return time.monotonic() - self._began

    def wait(self, seconds: float) -> None:
        """Return when the load has run for `seconds`."""
        time.sleep(max(0.0, seconds - self.elapsed))

    def report(self) -> Report:
        """End the load and tell what became of it."""
        document, _ = self._process.communicate(timeout=_END_SECONDS)
        assert self._process.returncode == 0, "the load has failed; see its standard error"
        return Report(**json.loads(document))


@contextmanager
def load(mesh: Mesh, mix: str = "WHOLE_MIX", rate: float = RATE) -> Iterator[Running]:
    """`rate` calls a second through the edge, of a mix that `tests.support.load_calls` names, while the block runs."""
    with (
        alone(),
        subprocess.Popen(
            [sys.executable, "-m", "tests.support.load_process", mesh.edge, str(mesh.ca), mix, str(rate)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "flowing\n", "the load did not begin; see its standard error"
            yield Running(process)
        finally:
            process.kill()
