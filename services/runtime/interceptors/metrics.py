"""Counts and times every call."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

import grpc
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from services.runtime.call import Call
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Method

# Each at most 1.7 times the one before, where calls usually are: a quantile is told as precisely as that.
_SECONDS = (
    0.00025, 0.0004, 0.0006, 0.001, 0.0015, 0.0025, 0.004, 0.006, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1, 0.15, 0.25, 0.4,
    0.6, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0,
)  # fmt: skip
_BOUNDS = (*(str(bound) for bound in _SECONDS), "+Inf")
_LABELS = ("grpc_type", "grpc_service", "grpc_method", "caller")
OTHER = "other"
"""The label of a caller that the method's contract does not name: who invents names must not make figures."""


class Metrics(Stage):
    """The customary `grpc_server_*` families, so that stock dashboards work, with a label more: who called.

    Outermost, so that it sees every call and its whole time. The figures are plain numbers that become families when
    somebody asks: the client library's own counters take a lock for each of three additions a call. Hooks and scrapes
    share the event loop's thread.
    """

    name = "metrics"

    def __init__(self, registry: CollectorRegistry) -> None:
        self._figures = _Figures()
        registry.register(self._figures)

    def begin(self, call: Call) -> None:
        self._figures.running += 1

    def end(self, call: Call) -> None:
        self.ended(call.method, call.caller, call.code, time.perf_counter() - call.started)

    def begun(self) -> None:
        """A call of a server without a chain has begun; `ended` says what became of it."""
        self._figures.running += 1

    def ended(self, method: Method, caller: str, code: grpc.StatusCode, seconds: float) -> None:
        """A call has ended after `seconds`."""
        figures = self._figures
        figures.running -= 1
        series = figures.calls.get((method.path, caller)) or figures.add(method, caller)
        series.seconds += seconds
        series.buckets[bisect_left(_SECONDS, seconds)] += 1
        if code is grpc.StatusCode.OK:  # apart, since the hash of an enum's member is computed in Python
            series.succeeded += 1
        else:
            series.failed[code] = series.failed.get(code, 0) + 1


class _Series:
    """The figures of one method and caller; `buckets` are not cumulative, and the last is what is beyond all bounds."""

    __slots__ = ("buckets", "failed", "labels", "seconds", "succeeded")

    def __init__(self, method: Method, caller: str) -> None:
        self.labels = [method.shape.value, method.service, method.name, caller]
        self.seconds = 0.0
        self.buckets = [0] * len(_BOUNDS)
        self.succeeded = 0
        self.failed: dict[grpc.StatusCode, int] = {}


class _Figures(Collector):
    """The figures of all methods by caller, as Prometheus wants them."""

    def __init__(self) -> None:
        self.running = 0
        self.calls: dict[tuple[str, str], _Series] = {}

    def add(self, method: Method, caller: str) -> _Series:
        """The figures of a method for a caller that it was not called by before."""
        if caller and caller not in method.callers and caller not in method.peers:
            caller = OTHER
        return self.calls.setdefault((method.path, caller), _Series(method, caller))

    def collect(self) -> Iterator[Metric]:
        """The families, as they are now."""
        yield GaugeMetricFamily("grpc_server_running", "Calls being served.", value=self.running)
        handled = CounterMetricFamily(
            "grpc_server_handled", "Calls that ended, by code.", labels=(*_LABELS, "grpc_code")
        )
        times = HistogramMetricFamily("grpc_server_handling_seconds", "Time to serve a call.", labels=_LABELS)
        for series in self.calls.values():
            if series.succeeded:
                handled.add_metric([*series.labels, grpc.StatusCode.OK.name], series.succeeded)
            for code, count in series.failed.items():
                handled.add_metric([*series.labels, code.name], count)
            counts = zip(_BOUNDS, accumulate(series.buckets), strict=True)
            times.add_metric(series.labels, list(counts), series.seconds)
        yield handled
        yield times
