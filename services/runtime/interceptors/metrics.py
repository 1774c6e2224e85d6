"""Counts and times every call."""

import time
from typing import TYPE_CHECKING

import grpc
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.runtime.call import Call
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Method

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)


class Metrics(Stage):
    """The customary `grpc_server_*` families, so that stock dashboards work.

    Outermost, so that it sees every call and its whole time. The children of the families are looked up once for each
    method (and code) and kept: the look-up would cost more than the counting.
    """

    name = "metrics"

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("grpc_type", "grpc_service", "grpc_method")
        self._handled = Counter(
            "grpc_server_handled_total", "Calls that ended, by code.", (*labels, "grpc_code"), registry=registry
        )
        self._seconds = Histogram(
            "grpc_server_handling_seconds", "Time to serve a call.", labels, buckets=_SECONDS, registry=registry
        )
        self._running = Gauge("grpc_server_running", "Calls being served.", registry=registry)
        self._running.set_function(lambda: self._active)
        self._active = 0
        self._count_of: dict[tuple[str, grpc.StatusCode], Callable[[], None]] = {}
        self._time_of: dict[str, Callable[[float], None]] = {}

    def begin(self, call: Call) -> None:
        self._active += 1

    def end(self, call: Call) -> None:
        self._active -= 1
        method = call.method
        key = (method.path, call.code)
        (self._count_of.get(key) or self._counter(method, call.code))()
        (self._time_of.get(method.path) or self._timer(method))(time.perf_counter() - call.started)

    def _counter(self, method: Method, code: grpc.StatusCode) -> "Callable[[], None]":
        child = self._handled.labels(method.shape.value, method.service, method.name, code.name)
        self._count_of[method.path, code] = child.inc
        return child.inc

    def _timer(self, method: Method) -> "Callable[[float], None]":
        child = self._seconds.labels(method.shape.value, method.service, method.name)
        self._time_of[method.path] = child.observe
        return child.observe
