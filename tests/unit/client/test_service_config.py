"""The service config says what the contract's policies say."""

from __future__ import annotations

import json

from malha.analysis.v1 import analysis_service_pb2
from malha.deadlines import Deadlines
from malha.service_config import largest_messages, policies, service_config
from malha.testing.v1 import counter_service_pb2, echo_service_pb2

ANALYSIS = analysis_service_pb2.DESCRIPTOR.services_by_name["AnalysisService"]
ECHO = echo_service_pb2.DESCRIPTOR.services_by_name["EchoService"]
COUNTER = counter_service_pb2.DESCRIPTOR.services_by_name["CounterService"]


def methods() -> dict[str, dict[str, object]]:
    config = json.loads(service_config([ANALYSIS, ECHO, COUNTER]))
    return {each["name"][0]["method"]: each for each in config["methodConfig"]}


def test_every_method_has_its_timeout_and_sizes() -> None:
    found = methods()
    assert set(found) == {method.name for service in (ANALYSIS, ECHO, COUNTER) for method in service.methods}
    # With what gRPC takes off by mistake.
    assert found["AnalyzeSource"]["timeout"] == "32s"
    assert found["AnalyzeSource"]["maxRequestMessageBytes"] == 8 * 1024 * 1024
    assert found["ListRules"]["maxResponseMessageBytes"] == 4 * 1024 * 1024


def test_only_what_is_safe_is_retried() -> None:
    retried = {name for name, config in methods().items() if "retryPolicy" in config}
    unsafe = {"AnalyzeProject", "Collect", "Chat"}
    assert retried == set(methods()) - unsafe


def test_an_earlier_attempt_that_still_runs_is_waited_for_where_a_request_id_says_which() -> None:
    def codes(method: str) -> object:
        policy = methods()[method]["retryPolicy"]
        assert isinstance(policy, dict)
        return policy["retryableStatusCodes"]

    assert codes("IncrementCounter") == ["UNAVAILABLE", "ABORTED"]
    assert codes("Echo") == codes("GetCounter") == ["UNAVAILABLE"]


def test_the_channel_takes_the_largest_message_of_any_method() -> None:
    assert largest_messages([ANALYSIS]) == (16 * 1024 * 1024, 64 * 1024 * 1024)


def test_a_deadline_is_always_set_and_never_longer_than_the_contract() -> None:
    assert Deadlines(ANALYSIS, None).of("GetRule", None) == policies(ANALYSIS)["GetRule"].timeout == 5
    assert Deadlines(ANALYSIS, 2).of("GetRule", None) == 2
    assert Deadlines(ANALYSIS, 2).of("GetRule", 3) == 3
    assert Deadlines(ANALYSIS, 60).of("GetRule", None) == 5
