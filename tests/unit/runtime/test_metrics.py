"""The figures of calls are by method and caller, and no caller can make labels up."""

from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from services.runtime.call import Call
from services.runtime.interceptors.metrics import Metrics
from services.runtime.method import Method, Shape


def _call(caller: str) -> Call:
    method = Method(
        path="/x.Y/Z", service="x.Y", name="Z", shape=Shape.UNARY_UNARY, parse=bytes, timeout=1.0,
        callers=frozenset({"edge", "echo"}),
    )  # fmt: skip
    context: Any = SimpleNamespace(invocation_metadata=lambda: ())
    call = Call(method, context)
    call.caller = caller
    return call


@pytest.mark.parametrize(
    ("caller", "label"), [("edge", "edge"), ("echo", "echo"), ("", ""), ("analysis", "other"), ("made-up", "other")]
)
async def test_a_caller_that_the_contract_does_not_name_is_another(caller: str, label: str) -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for _ in range(3):
        call = _call(caller)
        metrics.begin(call)
        metrics.end(call)
    labels = {"grpc_type": "unary", "grpc_service": "x.Y", "grpc_method": "Z", "caller": label}
    assert registry.get_sample_value("grpc_server_handled_total", {**labels, "grpc_code": "OK"}) == 3
    assert registry.get_sample_value("grpc_server_handling_seconds_count", labels) == 3
    assert registry.get_sample_value("grpc_server_running") == 0


async def test_invented_names_share_one_series() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for number in range(1000):
        metrics.end(_call(f"made-up-{number}"))
    (family,) = (family for family in registry.collect() if family.name == "grpc_server_handled")
    assert [(sample.labels["caller"], sample.value) for sample in family.samples] == [("other", 1000)]
