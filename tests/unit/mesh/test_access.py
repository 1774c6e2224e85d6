"""What the contracts ask of callers: as approved, and as the edge's configuration has it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool
from malha.policy.v1 import policy_pb2

from services.mesh import policies
from services.mesh.policies import PolicyMissing
from services.mesh.render import files, tokens
from services.mesh.render.document import Edge
from services.mesh.topology import ANALYSIS, ECHO, IDENTITY, PRICING, Topology
from services.runtime.method import Access, ContractIncomplete, Shape, describe, is_permission
from tests.support.access import GOLDEN, table

GUARDED = Topology("guarded", (IDENTITY, ANALYSIS, PRICING, ECHO), guarded=True)
OPEN = Topology("open", (ANALYSIS, ECHO))


def test_every_method_asks_for_what_was_approved() -> None:
    assert table().splitlines() == GOLDEN.read_text().splitlines(), "see tests/support/access.py"


def _document(topology: Topology, name: str, **settings: Any) -> Any:
    return yaml.safe_load(files.render(topology, Edge(**settings))[name])["resources"]


def _routes(topology: Topology, **settings: Any) -> list[dict[str, Any]]:
    (configuration,) = _document(topology, "routes.yaml", **settings)
    found: list[dict[str, Any]] = configuration["virtual_hosts"][0]["routes"]
    return found


def _permission(route: dict[str, Any]) -> Any:
    """The principal that a route lets in."""
    rules = route["typed_per_filter_config"][tokens.PERMITTED]["rbac"]["rules"]
    assert rules["action"] == "ALLOW"
    (policy,) = rules["policies"].values()
    (principal,) = policy["principals"]
    return principal


def test_every_route_of_a_method_asks_for_its_permission_and_for_its_kind() -> None:
    found = {route["name"]: route for route in _routes(GUARDED)}
    for service in GUARDED.services:
        for method in policies.edge_methods(service):
            route = found[f"{method.service}/{method.name}"]
            permission = _permission(route)
            if method.access is Access.ANONYMOUS:
                assert permission == {"any": True}
            else:
                matched = permission["sourced_metadata"]["metadata_matcher"]["value"]["list_match"]["one_of"]
                texts = [each["string_match"]["exact"] for each in matched["or_match"]["value_matchers"]]
                area, resource, _ = method.permission.split(".")
                assert texts == [method.permission, f"{area}.{resource}.*", f"{area}.*", "*"]
            of_one_kind = method.access in (Access.USER, Access.SERVICE)
            assert (tokens.SOUND in route["typed_per_filter_config"]) == of_one_kind


def test_what_answers_by_itself_needs_no_token_and_reflection_does_in_production() -> None:
    for production in (False, True):
        for route in _routes(GUARDED, production=production):
            name, answers_itself = route["name"], "direct_response" in route
            if answers_itself or name.startswith("grpc."):
                hidden = production and name.startswith("grpc.reflection.") and not answers_itself
                assert (_permission(route) == {"any": True}) is not hidden, name


def test_the_token_is_verified_before_a_request_is_read_and_judged_where_its_method_is_known() -> None:
    for listener in _document(GUARDED, "listeners.yaml")[:2]:
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        names = [each["name"] for each in manager["http_filters"]]
        order = [tokens.JWT, "envoy.filters.http.grpc_json_transcoder", tokens.SOUND, tokens.PERMITTED]
        assert [name for name in names if name in order] == order
        assert names[-1] == "envoy.filters.http.router"
        permitted = manager["http_filters"][names.index(tokens.PERMITTED)]["typed_config"]
        assert permitted["rules"] == {"action": "ALLOW", "policies": {}}, "a route without a policy is nobody's"


def test_an_open_mesh_has_none_of_it() -> None:
    text = "".join(files.render(OPEN, Edge()).values())
    filters = (f"name: {name}\n" for name in (tokens.JWT, tokens.SOUND, tokens.PERMITTED, tokens.KEYS))
    assert not any(name in text for name in filters)
    assert all(
        f"name: {name}\n" in "".join(files.render(GUARDED, Edge()).values()) for name in (tokens.JWT, tokens.KEYS)
    )


@pytest.mark.parametrize("name", ["analysis.reports.read", "identity.signingKeys.read", "a1.b.cD2"])
def test_a_permission_names_area_resource_and_verb(name: str) -> None:
    assert is_permission(name)


@pytest.mark.parametrize(
    "name",
    ["", "read", "reports.read", "a.b.c.d", "Analysis.reports.read", "analysis.reports.", "a.b.re ad", "a.b.*", "a..c"],
)
def test_nothing_else_is_a_permission(name: str) -> None:
    assert not is_permission(name)


@pytest.mark.parametrize("permission", ["", "read", "testing.Echo"])
def test_a_contract_without_a_proper_permission_does_not_build(permission: str) -> None:
    name = f"malha.broken{len(permission)}.v1"
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package=name, syntax="proto3")
    file.dependency.append("malha/policy/v1/policy.proto")
    file.message_type.add(name="Nothing")
    method = file.service.add(name="BrokenService").method.add(name="Do")
    method.input_type = method.output_type = f".{name}.Nothing"
    policy = method.options.Extensions[policy_pb2.method]
    policy.permission = permission
    policy.timeout.seconds = 1
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    with pytest.raises(ContractIncomplete):
        describe(f"{name}.BrokenService", "Do", Shape.UNARY_UNARY, bytes)
    with pytest.raises(PolicyMissing):
        policies.of(pool.FindMethodByName(f"{name}.BrokenService.Do"))
