"""What Envoy tells the audit log: refusals alone, from guarded meshes alone, and nothing that may be secret."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.identity.audit.refusals.fields import SERVICE, Field
from services.mesh.render import files, listeners
from services.mesh.render.document import Edge
from services.mesh.topology import PROFILES, Topology

LOGGER = "envoy.access_loggers.open_telemetry"
GUARDED = [topology for topology in PROFILES.values() if topology.guarded]


def _logs(topology: Topology) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for listener in listeners.document(topology, Edge())["resources"]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        found[listener["name"]] = [log for log in manager["access_log"] if log["name"] == LOGGER]
    return found


@pytest.mark.parametrize("topology", PROFILES.values(), ids=lambda topology: topology.profile)
def test_a_guarded_mesh_tells_of_refusals_on_every_listener_and_another_of_none(topology: Topology) -> None:
    expected = 1 if topology.guarded else 0
    assert {name: len(logs) for name, logs in _logs(topology).items()} == dict.fromkeys(
        ("edge", "plaintext", "inner"), expected
    )


def test_nothing_is_told_that_may_be_secret() -> None:
    for log in (log for logs in _logs(PROFILES["default"]).values() for log in logs):
        config = log["typed_config"]
        facts = {each["key"]: each["value"]["string_value"] for each in config["attributes"]["values"]}
        assert list(facts) == list(Field), "what is of one call alone stands last"
        assert "body" not in config
        headers = {name for text in facts.values() for name in re.findall(r"%REQ\(([^)]+)\)", text)}
        assert headers == {":METHOD", "X-MALHA-CALLER", "X-REQUEST-ID"}
        assert [text for text in facts.values() if "PATH(" in text] == ["%PATH(NQ:PATH):256%"]


def test_what_waits_is_bounded_and_a_call_that_went_well_is_not_looked_at() -> None:
    (log,) = _logs(PROFILES["default"])["edge"]
    config = log["typed_config"]
    assert config["grpc_service"] == {"envoy_grpc": {"cluster_name": "identity"}, "timeout": "1s"}
    assert (config["buffer_size_bytes"], config["buffer_flush_interval"]) == (65536, "0.5s")
    by_status, _ = log["filter"]["and_filter"]["filters"]
    code, status = by_status["or_filter"]["filters"]
    assert code["status_code_filter"]["comparison"]["value"]["default_value"] == 400
    assert "OK" not in status["grpc_status_filter"]["statuses"]


@pytest.mark.parametrize("topology", GUARDED, ids=lambda topology: topology.profile)
def test_no_route_leads_to_who_is_told(topology: Topology) -> None:
    assert [name for name, text in files.render(topology, Edge()).items() if SERVICE in text] == []
