"""The calls between services are rendered as the contracts say: identities, callers, zones, canaries."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.mesh import policies
from services.mesh.render import clusters, connection, files
from services.mesh.render.clusters import Endpoint, canary
from services.mesh.render.document import Edge
from services.mesh.topology import ADMIN, ANALYSIS, ECHO, PROFILES
from services.mesh.traffic import VERSION_HEADER, Split
from services.runtime.identity.spiffe import spiffe_id

TOPOLOGY = PROFILES["testing"]
RENDERED = {name: yaml.safe_load(text) for name, text in files.render(TOPOLOGY, Edge()).items()}
RBAC = "envoy.filters.http.rbac"


def _routes(name: str, splits: dict[str, Split] | None = None) -> list[dict[str, Any]]:
    rendered = files.render(TOPOLOGY, Edge(), splits)
    found: list[dict[str, Any]] = yaml.safe_load(rendered[name])["resources"][0]["virtual_hosts"][0]["routes"]
    return found


def test_every_route_between_services_names_its_callers() -> None:
    routes = {route["name"]: route for route in _routes("routes-inner.yaml")}
    for service in (ANALYSIS, ECHO, ADMIN):
        for method in policies.methods(service):
            route = routes.pop(f"{method.service}/{method.name}")
            assert route["route"]["cluster"] == service.name
            allowed = re.findall(r"spiffe://malha\.local/([a-z-]+)", str(route["typed_per_filter_config"][RBAC]))
            assert sorted(allowed) == sorted(set(method.callers) - {"edge"})
    assert all("operator" in str(route["typed_per_filter_config"][RBAC]) for route in routes.values())


def test_a_route_without_callers_is_nobodys() -> None:
    inner = RENDERED["listeners.yaml"]["resources"][2]
    manager = inner["filter_chains"][0]["filters"][0]["typed_config"]
    assert manager["http_filters"][0]["name"] == RBAC
    assert manager["http_filters"][0]["typed_config"]["rules"] == {"action": "ALLOW", "policies": {}}


def test_what_the_edge_may_not_call_is_nowhere_at_the_edge() -> None:
    edge = yaml.safe_dump([RENDERED["routes.yaml"], RENDERED["listeners.yaml"]["resources"][:2]])
    assert "malha.mesh.v1" not in edge
    assert "malha.testing.v1.EchoService" in edge


def test_every_cluster_wants_the_name_of_its_service() -> None:
    found = {cluster["name"]: cluster for cluster in RENDERED["clusters.yaml"]["resources"]}
    names = [service.name for service in TOPOLOGY.routed]
    assert sorted(found) == sorted([*names, *map(canary, names)])
    for name in names:
        for cluster in clusters.both(name):
            tls = found[cluster]["transport_socket"]["typed_config"]["common_tls_context"]
            validation = tls["combined_validation_context"]
            assert validation["default_validation_context"]["match_typed_subject_alt_names"] == [
                {"san_type": "URI", "matcher": {"exact": spiffe_id(name)}}
            ]
            assert validation["validation_context_sds_secret_config"]["name"] == "bundle"


def test_each_secret_has_a_file_of_its_own_and_follows_the_link_of_the_rotation() -> None:
    secrets = {name: document["resources"] for name, document in RENDERED.items() if name.startswith("secret-")}
    assert sorted(secrets) == ["secret-bundle.yaml", "secret-edge.yaml", "secret-workload.yaml"]
    assert all(len(found) == 1 for found in secrets.values())
    for name in ("secret-workload.yaml", "secret-bundle.yaml"):
        assert "../identity/envoy/current/" in str(secrets[name])
        assert "'watched_directory': {'path': '../identity/envoy'}" in str(secrets[name])


def test_a_service_on_trial_has_two_routes_for_each_method_and_the_others_one() -> None:
    plain, split = _routes("routes-inner.yaml"), _routes("routes-inner.yaml", {"echo": Split("2.0.0", 12.34)})
    methods = policies.methods(ECHO)
    assert len(split) == len(plain) + len(methods)
    (by_version, shared) = [route for route in split if route["match"].get("path") == methods[0].path]
    assert by_version["route"]["cluster"] == "echo-canary"
    assert {"name": VERSION_HEADER, "string_match": {"exact": "2.0.0"}} in by_version["match"]["headers"]
    weights = {item["name"]: item["weight"] for item in shared["route"]["weighted_clusters"]["clusters"]}
    assert weights == {"echo": 8766, "echo-canary": 1234}
    assert by_version["typed_per_filter_config"] == shared["typed_per_filter_config"]


@pytest.mark.parametrize("percent", [-0.1, 100.1, float("nan")])
def test_a_share_is_a_percentage(percent: float) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        Split("2.0.0", percent)


PORTS = st.integers(1024, 65535)
MEMBERS = st.lists(
    st.builds(Endpoint, st.just("127.0.0.1"), PORTS, st.sampled_from("abc"), st.integers(1, 128)), max_size=6
)


@given(MEMBERS, st.sampled_from("abcd"))
def test_priorities_have_no_gap_and_home_is_first(members: list[Endpoint], home: str) -> None:
    (document,) = clusters.endpoints("echo", members, home)["resources"]
    found = document["endpoints"]
    assert sum(len(locality["lb_endpoints"]) for locality in found) == len(members)
    priorities = {locality["priority"] for locality in found}
    assert priorities in (set(), {0}, {0, 1})
    if home in {member.zone for member in members}:
        assert [locality["locality"]["zone"] for locality in found if locality["priority"] == 0] == [home]
    assert clusters.endpoints("echo", list(reversed(members)), home) == {"resources": [document]}


@given(st.from_regex(r"\Ax-malha-[a-z0-9-]{0,10}\Z"))
def test_of_our_headers_a_client_may_set_the_version_alone(name: str) -> None:
    """The expression means the same in RE2 as here: it has neither back references nor lookarounds."""
    (mutation, *_) = connection._caller("x")["typed_config"]["mutations"]
    expression = mutation["remove_on_match"]["key_matcher"]["safe_regex"]["regex"]
    assert (re.fullmatch(expression, name) is None) == (name == VERSION_HEADER)


def test_the_expression_spares_the_version() -> None:
    (mutation, *_) = connection._caller("x")["typed_config"]["mutations"]
    expression = mutation["remove_on_match"]["key_matcher"]["safe_regex"]["regex"]
    assert re.fullmatch(expression, VERSION_HEADER) is None
    for name in ("x-malha-", "x-malha-v", "x-malha-versio", "x-malha-versions", "x-malha-caller", "x-malha-vERSION"):
        assert re.fullmatch(expression, name), name


def test_only_reading_unary_calls_are_hedged() -> None:
    for route in _routes("routes-inner.yaml"):
        if "hedge_policy" in route["route"]:
            assert "reset,unavailable" in route["route"]["retry_policy"]["retry_on"]
    hedged = {route["name"].rpartition("/")[2] for route in _routes("routes.yaml") if "hedge_policy" in str(route)}
    assert "Echo" in hedged
    assert not {"IncrementCounter", "Repeat", "Collect", "Chat", "AnalyzeProject", "AnalyzeSource"} & hedged
