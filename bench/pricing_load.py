"""Calls of one method through the edge from h2load, each with its own time."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import quantile

CONNECTIONS = 4


@dataclass(frozen=True)
class Call:
    """A method's path, the request's bytes, and how many bytes an answer has, with their frames."""

    path: str
    request: bytes
    answer: int


@dataclass(frozen=True)
class Timed:
    """When each call began, in seconds since the epoch, and how many milliseconds it took; `seconds` for all."""

    began: Sequence[float]
    milliseconds: Sequence[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.milliseconds) / self.seconds

    def spread(self) -> str:
        """For a report."""
        shown = ", ".join(f"p{share * 100:.0f} {quantile(self.milliseconds, share):.1f}" for share in (0.5, 0.95, 0.99))
        return f"{shown} ms"


def together(runs: Sequence[Timed]) -> Timed:
    """Runs that came one after another, as one."""
    return Timed(
        [moment for run in runs for moment in run.began],
        [value for run in runs for value in run.milliseconds],
        sum(run.seconds for run in runs),
    )


@dataclass(frozen=True)
class Load:
    """h2load against an edge, with the token that is valid when it begins: one does not live as long as a benchmark."""

    program: str
    edge: str
    token: Callable[[], str]

    def closed(self, call: Call, calls: int, streams: int) -> Timed:
        """So many calls, as fast as they are answered, over four connections with so many under way on each."""
        return self._run(call, calls, "-m", str(streams))

    def at(self, call: Call, rate: int, seconds: float) -> Timed:
        """Calls at a rate, whether or not the ones before were answered, over four connections."""
        # h2load counts the rate of one connection, and the calls of all.
        return self._run(call, round(rate * seconds), "-m", "256", f"--rps={rate / CONNECTIONS:g}")

    def _run(self, call: Call, calls: int, *how: str) -> Timed:
        with tempfile.TemporaryDirectory(prefix="malha-bench-") as folder:
            body, log = Path(folder, "body"), Path(folder, "log")
            body.write_bytes(b"\0" + len(call.request).to_bytes(4, "big") + call.request)
            done = subprocess.run(
                [self.program, "-n", str(calls), "-c", str(CONNECTIONS), *how, "-d", str(body), f"--log-file={log}",
                 "-H", "content-type: application/grpc", "-H", "te: trailers",
                 "-H", f"authorization: {self.token()}", f"https://{self.edge}{call.path}"],
                capture_output=True, text=True, check=True, timeout=600,
            ).stdout  # fmt: skip
            lines = [line.split("\t") for line in log.read_text().splitlines()]
        _succeeded(done, calls, call.answer)
        took = re.search(r"finished in ([\d.]+)(us|ms|s|m)", done)
        assert took, done
        seconds = float(took[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[took[2]]
        return Timed([int(line[0]) / 1e6 for line in lines], [int(line[2]) / 1e3 for line in lines], seconds)


def _succeeded(said: str, calls: int, answer: int) -> None:
    """A call that is refused is an HTTP 200, too: only how much was answered tells them apart."""
    assert f"{calls} succeeded" in said, said
    data = re.search(r"\((\d+)\) data", said)
    assert data, said
    assert int(data[1]) >= 0.98 * calls * answer, f"{calls} calls of {answer} bytes were refused in part\n{said}"
