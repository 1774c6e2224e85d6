"""The rendered configuration says what the contracts and the topology say."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.mesh import binaries, policies
from services.mesh.render import files
from services.mesh.render.document import Edge
from services.mesh.render.validate import validate
from services.mesh.topology import ANALYSIS, ECHO, PROFILES, Topology, UnknownComponent

FOLDER = Path(__file__).parents[3] / "envoy"


def test_committed_files_are_the_rendered_ones() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.yaml")}
    assert committed == files.render(PROFILES["default"], Edge()), "mend with `python -m services.mesh.render`"


def test_nothing_of_a_machine_is_rendered() -> None:
    assert str(Path.home()) not in "".join(files.render(PROFILES["default"], Edge()).values())


@pytest.mark.parametrize("profile", sorted(PROFILES))
@pytest.mark.parametrize("otlp", [None, "127.0.0.1:4317"])
def test_envoy_accepts_every_profile(profile: str, otlp: str | None) -> None:
    assert validate(binaries.find().envoy, PROFILES[profile], Edge(otlp_endpoint=otlp)) == ""


def _routes(topology: Topology) -> dict[str, dict[str, object]]:
    document = yaml.safe_load(files.render(topology, Edge())["routes.yaml"])
    return {route["name"]: route for route in document["resources"][0]["virtual_hosts"][0]["routes"]}


@pytest.mark.parametrize("service", [ANALYSIS, ECHO])
def test_every_method_has_a_route_with_its_own_time(service: object) -> None:
    assert service in (ANALYSIS, ECHO)
    topology = Topology("one", (service,))
    routes = _routes(topology)
    for method in policies.methods(topology.services[0]):
        route = routes[f"{method.service}/{method.name}"]
        match = route["match"]
        assert isinstance(match, dict)
        assert match["path"] == method.path
        assert {header["name"] for header in match["headers"]} == {"content-type", ":method"}
        action = route["route"]
        assert isinstance(action, dict)
        limit = float(action["max_stream_duration"]["max_stream_duration"].rstrip("s"))
        assert method.timeout_seconds < limit <= method.timeout_seconds + 1


def test_what_is_no_grpc_call_reaches_no_service_by_a_grpc_path() -> None:
    routes = _routes(PROFILES["testing"])
    for prefix in ("malha.analysis.v1.AnalysisService", "malha.testing.v1.EchoService", "grpc.health.v1.Health"):
        assert routes[f"{prefix}: not by POST"]["direct_response"] == {"status": 405}
        assert routes[f"{prefix}: not gRPC"]["direct_response"] == {"status": 415}
    names = list(routes)
    assert names[-1] == "rest", "the way into the transcoder takes what is left"


def test_only_what_may_be_repeated_is_repeated_after_it_was_seen() -> None:
    routes = _routes(PROFILES["testing"])
    repeated = {n.rpartition("/")[2] for n, r in routes.items() if "reset,unavailable" in str(r.get("route"))}
    analysis = {"AnalyzeSource", "BatchAnalyzeSources", "GetReport", "ListReports", "GetRule", "ListRules"}
    analysis |= {"ShareReport", "UnshareReport", "ListReportShares"}
    testing = {"Echo", "DescribeCall", "Relay", "EchoCached", "GetCounter", "IncrementCounter"}
    assert repeated == analysis | testing | {"Repeat"}


def test_replica_counts_can_be_chosen_but_not_for_strangers() -> None:
    assert PROFILES["default"].scaled({"analysis": 3}).service("analysis").replicas == 3
    with pytest.raises(UnknownComponent):
        PROFILES["default"].scaled({"nobody": 1})
    with pytest.raises(ValueError, match="at least one"):
        PROFILES["default"].scaled({"analysis": 0})
