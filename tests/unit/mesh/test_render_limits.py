"""What the routes of a guarded edge count, derived from the contracts: a method without its limit fails here."""

from __future__ import annotations

from typing import Any

import pytest

from services.mesh import policies
from services.mesh.policies import Method
from services.mesh.render import limits, routes
from services.mesh.render.document import Edge
from services.mesh.render.filters import chain
from services.mesh.topology import PROFILES, Topology
from services.runtime.method import Access
from tests.support.access import SERVICES

TRUST = Topology("trust", SERVICES, guarded=True)
METHODS = [method for service in TRUST.services for method in policies.edge_methods(service)]
NOT_COUNTED = {
    "/malha.identity.v1.OAuthService/GetJsonWebKeySet",
    "/malha.identity.v1.OAuthService/GetOpenIdConfiguration",
}


def _routes(method: Method) -> list[dict[str, Any]]:
    (configuration,) = routes.edge(TRUST, Edge(), {})["resources"]
    return [route for route in configuration["virtual_hosts"][0]["routes"] if route["match"].get("path") == method.path]


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.path)
def test_every_method_is_counted_against_its_caller_and_everyone_at_its_cost(method: Method) -> None:
    for route in _routes(method):
        counted = route["typed_per_filter_config"][limits.SHARED]["rate_limits"]
        if method.path in NOT_COUNTED:
            assert counted == []
            continue
        assert [limit["hits_addend"]["number"] for limit in counted] == [method.rate_cost] * 2
        kinds = [next(iter(action)) for limit in counted for action in limit["actions"]]
        if method.access is Access.ANONYMOUS:
            assert kinds == ["masked_remote_address", "generic_key"]
        else:
            assert kinds == ["metadata", "metadata", "metadata", "metadata", "metadata", "generic_key"]
        assert (limits.ENTRANCE in route["typed_per_filter_config"]) is (method.access is Access.ANONYMOUS)


def test_the_floor_comes_first_and_the_question_last() -> None:
    names = [each["name"] for each in chain(TRUST, Edge())]
    assert names.index(limits.FLOOR) == 1
    assert names.index("envoy.filters.http.grpc_json_transcoder") < names.index("malha.permission")
    assert names.index("malha.permission") < names.index(limits.ENTRANCE) < names.index(limits.SHARED)
    assert names.index(limits.SHARED) == len(names) - 3


@pytest.mark.parametrize("profile", ["testing", "echo"])
def test_an_unguarded_mesh_counts_nothing(profile: str) -> None:
    names = {each["name"] for each in chain(PROFILES[profile], Edge())}
    assert not names & {limits.FLOOR, limits.ENTRANCE, limits.SHARED}


def test_production_has_the_lower_floor() -> None:
    def most(edge: Edge) -> int:
        ((_, config, _),) = limits.floor(TRUST, edge)
        tokens: int = config["descriptors"][0]["token_bucket"]["max_tokens"]
        return tokens

    assert most(Edge(production=True)) < most(Edge())
