"""The routes: for everyone outside those of the methods that `edge` may call, with health, reflection and REST; for the
services those of all methods, each with its callers. The rest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.identity.audit.refusals import fields
from services.mesh import policies
from services.mesh.render import authorization, filters, limits, lua, patience, refusals, tokens
from services.mesh.render.clusters import canary
from services.mesh.render.document import Edge, Node, resources, typed
from services.mesh.topology import ADMIN, OPERATOR
from services.mesh.traffic import VERSION_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.mesh.policies import Method
    from services.mesh.topology import Service, Topology
    from services.mesh.traffic import Split

EDGE = "edge"
"""The route configuration of the TLS and the plaintext listener."""
INNER = "inner"
"""The route configuration of the listener for calls between services."""

_REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
_HEALTH = "grpc.health.v1.Health"
_INFRASTRUCTURE_SECONDS = 3600
# Where clients expect the words of RFC 6749.
_OAUTH_PATHS = "/oauth2/"
# How the content types of gRPC and of gRPC-Web begin.
_GRPC = "application/grpc"
# A share of the calls is kept to a hundredth of a percent.
_WHOLE = 10_000


def edge(topology: Topology, edge: Edge, splits: Mapping[str, Split]) -> Node:
    """The file that the listeners of the edge read their routes from."""
    host = {
        "name": EDGE,
        "domains": ["*"],
        "typed_per_filter_config": {filters.CORS: _cors(edge)},
        "routes": _edge_routes(topology, edge, splits),
    }
    return _configuration(EDGE, host)


def inner(topology: Topology, splits: Mapping[str, Split]) -> Node:
    """The file that the inner listener reads its routes from: every method of every service, for its callers.

    Beside them reflection of the supervisor's own service, so that its operator's tools find it here as well.
    """
    found = [
        {**route, "typed_per_filter_config": {authorization.FILTER: authorization.callers(method)}}
        for service in topology.routed
        for method in policies.methods(service)
        for route in _method(service, method, splits)
    ]
    operator = {authorization.FILTER: authorization.only([OPERATOR])}
    found += [{**_infrastructure(ADMIN, name), "typed_per_filter_config": operator} for name in _REFLECTION]
    return _configuration(INNER, {"name": INNER, "domains": ["*"], "routes": found})


def _configuration(name: str, host: Node) -> Node:
    return resources(
        typed(
            "envoy.config.route.v3.RouteConfiguration",
            name=name,
            # The clusters come from a file of their own, perhaps later than the routes.
            validate_clusters=False,
            virtual_hosts=[host],
        )
    )


def _edge_routes(topology: Topology, edge: Edge, splits: Mapping[str, Split]) -> list[Node]:
    found = [(service, method) for service in topology.services for method in policies.edge_methods(service)]
    contracts = dict.fromkeys(method.service for _, method in found)
    longest = max(method.timeout_seconds for _, method in found if method.has_rest and not method.client_streaming)
    open_to_all = tokens.everyone() if topology.guarded else {}
    return [
        *(
            _guarded(route, method, topology) if topology.guarded else route
            for service, method in found
            for route in _method(service, method, splits)
        ),
        _with(_infrastructure(topology.services[0], _HEALTH), open_to_all),
        *(
            _with(
                _infrastructure(topology.services[0], name),
                tokens.holders() if _hidden(topology, edge) else open_to_all,
            )
            for name in _REFLECTION
        ),
        *(_with(refusal, open_to_all) for name in (*contracts, _HEALTH, *_REFLECTION) for refusal in _refusals(name)),
        *(
            _rest(service, {"path": method.rest_path}, method.timeout_seconds, whole=False)
            for service, method in found
            if method.has_rest and method.client_streaming
        ),
        _rest(topology.services[0], {"prefix": "/"}, longest),
        *([_with(_nothing(), open_to_all)] if topology.guarded else []),
    ]


def _guarded(route: Node, method: Method, topology: Topology) -> Node:
    """The route of a method with what it asks of its callers."""
    said = {**route.get("metadata", {}).get("filter_metadata", {}), **refusals.metadata(method)}
    route = _with({**route, "metadata": {"filter_metadata": said}}, tokens.policy(method))
    if not limits.applies(topology):
        return route
    return _with(route, limits.asked_of(method))


def _hidden(topology: Topology, edge: Edge) -> bool:
    """Whether what the mesh serves is told to those alone who have a token."""
    return topology.guarded and edge.production


def _with(route: Node, further: Mapping[str, Node]) -> Node:
    """The route with further `typed_per_filter_config`."""
    config = {**route.get("typed_per_filter_config", {}), **further}
    return {**route, "typed_per_filter_config": config} if config else route


def _content_type(*, grpc: bool) -> Node:
    return {
        "name": "content-type",
        "string_match": {"prefix": _GRPC},
        **({} if grpc else {"invert_match": True}),
        # A GET has none; without this a missing header matches neither way.
        "treat_missing_header_as_empty": True,
    }


def _verb(*verbs: str, yes: bool = True) -> Node:
    return {
        "name": ":method",
        "string_match": {"safe_regex": {"regex": "|".join(verbs)}} if verbs[1:] else {"exact": verbs[0]},
        **({} if yes else {"invert_match": True}),
    }


def _call(headers: Sequence[Node] = (), **path: str) -> Node:
    """Matches a call by gRPC or gRPC-Web: a service would reset anything else, and the edge would try it again."""
    return {**path, "headers": [_content_type(grpc=True), _verb("POST"), *headers]}


def _refusals(name: str) -> list[Node]:
    """What is sent to a gRPC path and is no gRPC call ends at the edge; `errors` words the answers.

    Not so an OPTIONS: the filter for CORS, which answers a page's question before its gRPC-Web call, takes no route
    without a cluster. What it does not answer is unknown to the transcoder.
    """
    prefix = f"/{name}/"
    return [
        {
            "name": f"{name}: not by POST",
            "match": {"prefix": prefix, "headers": [_verb("POST", "OPTIONS", yes=False)]},
            "direct_response": {"status": 405},
            "response_headers_to_add": [{"header": {"key": "allow", "value": "POST"}}],
        },
        {
            "name": f"{name}: not gRPC",
            "match": {"prefix": prefix, "headers": [_content_type(grpc=False), _verb("POST")]},
            "direct_response": {"status": 415},
            "typed_per_filter_config": filters.whole_only(),
        },
    ]


def _method(service: Service, method: Method, splits: Mapping[str, Split]) -> list[Node]:
    """The route of a method; while its service is split, preceded by that of the callers who name the canary."""
    name = f"{method.service}/{method.name}"
    split = splits.get(service.name)
    if split is None:
        return [_towards(name, method, {"cluster": service.name})]
    share = round(split.percent * _WHOLE / 100)
    weights = ((service.name, _WHOLE - share), (canary(service.name), share))
    both = {"weighted_clusters": {"clusters": [{"name": cluster, "weight": weight} for cluster, weight in weights]}}
    chosen = {"name": VERSION_HEADER, "string_match": {"exact": split.version}}
    return [
        _towards(f"{name}: by version", method, {"cluster": canary(service.name)}, [chosen]),
        _towards(name, method, both),
    ]


def _towards(name: str, method: Method, target: Node, headers: Sequence[Node] = ()) -> Node:
    return {
        "name": name,
        "match": _call(headers, path=method.path),
        "route": {**target, **patience.times(method.timeout_seconds), **patience.repetition(method)},
        "stat_prefix": method.path.strip("/").replace(".", "_").replace("/", "_"),
        "decorator": {"operation": method.path.removeprefix("/"), "propagate": False},
        # How much of a request is kept for a repetition.
        "request_body_buffer_limit": method.max_request_bytes,
        **_metadata(method),
    }


def _metadata(method: Method) -> Node:
    said: Node = {}
    if method.response_body:
        said[lua.RESPONSE_BODY] = method.response_body
    if method.rest_path.startswith(_OAUTH_PATHS):
        said[lua.OAUTH] = True
    if method.cache_seconds:
        said[lua.CACHE_CONTROL] = f"private, max-age={method.cache_seconds:.0f}"
    return {"metadata": {"filter_metadata": {lua.FILTER: said}}} if said else {}


def _infrastructure(service: Service, name: str) -> Node:
    """Health and reflection, answered by the first service of the topology; grpcurl asks v1, then v1alpha."""
    return {
        "name": name,
        "match": _call(prefix=f"/{name}/"),
        "route": {"cluster": service.name, **patience.times(_INFRASTRUCTURE_SECONDS)},
    }


def _nothing() -> Node:
    """What is called by gRPC and in no contract. Said by a route: without one, the guards would answer first."""
    return {"name": fields.NOTHING, "match": {"prefix": "/"}, "direct_response": {"status": 404}}


def _rest(service: Service, path: Node, limit: float, *, whole: bool = True) -> Node:
    """The way into the transcoder, which rewrites the path and chooses the method's own route, or answers itself.

    It never sends a call to the cluster named here, which Envoy insists on: what is not in the contracts is refused.
    `whole` requests are read to their end first; a stream of requests is answered while it arrives. `limit` is how many
    seconds a request may take to arrive; from then on the time of its method counts, from the first byte, too.
    """
    return {
        "name": fields.REST if whole else f"{fields.REST}: {path['path']}",
        "match": {**path, "headers": [_content_type(grpc=False)]},
        "route": {"cluster": service.name, **patience.times(limit)},
        "typed_per_filter_config": filters.rest_only(whole=whole),
    }


def _cors(edge: Edge) -> Node:
    return typed(
        "envoy.extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"safe_regex": {"regex": edge.cors_origin}}],
        allow_methods="GET, POST, PUT, PATCH, DELETE, OPTIONS",
        allow_headers="authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent, x-malha-version",
        expose_headers="grpc-status, grpc-message, grpc-status-details-bin, x-request-id, x-malha-stale, "
        "x-malha-degraded",
        max_age="86400",
    )
