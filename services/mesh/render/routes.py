"""The routes: one for each method of the contracts, those of health and reflection, and REST. The rest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh import policies
from services.mesh.render import filters, lua
from services.mesh.render.document import Edge, Node, resources, seconds, typed

if TYPE_CHECKING:
    from services.mesh.policies import Method
    from services.mesh.topology import Service, Topology

NAME = "edge"
"""The route configuration both listeners use."""

_INFRASTRUCTURE = (
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
)
_INFRASTRUCTURE_SECONDS = 3600
# The service enforces the method's time as well and answers with a better error; the edge cuts off what does not.
_GRACE_SECONDS = 0.5
_RETRIES = 2
# What tells that no service has seen the call: safe to repeat whatever the method does.
_UNSEEN = "connect-failure,refused-stream,reset-before-request"
_FAILED = f"{_UNSEEN},reset,unavailable"
# How the content types of gRPC and of gRPC-Web begin.
_GRPC = "application/grpc"
# Client-set headers that only the mesh may set.
_INTERNAL_HEADERS = ["x-malha-caller", "x-malha-subject", "x-malha-tier", "x-forwarded-client-cert"]


def document(topology: Topology, edge: Edge) -> Node:
    """The file that the listeners read their routes from."""
    return resources(
        typed(
            "envoy.config.route.v3.RouteConfiguration",
            name=NAME,
            # The clusters come from a file of their own, perhaps later than the routes.
            validate_clusters=False,
            request_headers_to_remove=_INTERNAL_HEADERS,
            virtual_hosts=[
                {
                    "name": NAME,
                    "domains": ["*"],
                    "typed_per_filter_config": {filters.CORS: _cors(edge)},
                    "routes": _routes(topology),
                }
            ],
        )
    )


def _routes(topology: Topology) -> list[Node]:
    contracts = dict.fromkeys(method.service for service in topology.services for method in policies.methods(service))
    return [
        *(_method(service, method) for service in topology.services for method in policies.methods(service)),
        *(_infrastructure(topology.services[0], name) for name in _INFRASTRUCTURE),
        *(refusal for name in (*contracts, *_INFRASTRUCTURE) for refusal in _refusals(name)),
        *(
            _rest(service, {"path": method.rest_path}, whole=False)
            for service in topology.services
            for method in policies.methods(service)
            if method.has_rest and method.client_streaming
        ),
        _rest(topology.services[0], {"prefix": "/"}),
    ]


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


def _call(**path: str) -> Node:
    """Matches a call by gRPC or gRPC-Web: a service would reset anything else, and the edge would try it again."""
    return {**path, "headers": [_content_type(grpc=True), _verb("POST")]}


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


def _method(service: Service, method: Method) -> Node:
    return {
        "name": f"{method.service}/{method.name}",
        "match": _call(path=method.path),
        "route": {"cluster": service.name, **_times(method.timeout_seconds), "retry_policy": _retry(method)},
        # How much of a request is kept for a repetition.
        "request_body_buffer_limit": method.max_request_bytes,
        **_metadata(method),
    }


def _metadata(method: Method) -> Node:
    if not method.response_body:
        return {}
    return {"metadata": {"filter_metadata": {lua.FILTER: {lua.RESPONSE_BODY: method.response_body}}}}


def _times(limit: float) -> Node:
    return {
        # The bound on the whole stream replaces the bound on the answer, which would cut streams at 15 s.
        "timeout": "0s",
        "idle_timeout": seconds(limit + _GRACE_SECONDS),
        "max_stream_duration": {
            "max_stream_duration": seconds(limit + _GRACE_SECONDS),
            "grpc_timeout_header_max": seconds(limit + _GRACE_SECONDS),
        },
    }


def _retry(method: Method) -> Node:
    repeatable = method.repeatable and method.unary
    policy: Node = {
        "retry_on": _FAILED if repeatable else _UNSEEN,
        "num_retries": _RETRIES,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
            }
        ],
        "host_selection_retry_max_attempts": 5,
    }
    if repeatable:
        # A frozen replica must not eat the whole time: the next try goes elsewhere.
        policy["per_try_timeout"] = seconds(method.timeout_seconds / (_RETRIES + 1) + _GRACE_SECONDS)
    return policy


def _infrastructure(service: Service, name: str) -> Node:
    """Health and reflection, answered by the first service of the topology; grpcurl asks v1, then v1alpha."""
    return {
        "name": name,
        "match": _call(prefix=f"/{name}/"),
        "route": {"cluster": service.name, **_times(_INFRASTRUCTURE_SECONDS)},
    }


def _rest(service: Service, path: Node, *, whole: bool = True) -> Node:
    """The way into the transcoder, which rewrites the path and chooses the method's own route, or answers itself.

    It never sends a call to the cluster named here, which Envoy insists on: what is not in the contracts is refused.
    `whole` requests are read to their end first; a stream of requests is answered while it arrives.
    """
    return {
        "name": "rest" if whole else f"rest: {path['path']}",
        "match": {**path, "headers": [_content_type(grpc=False)]},
        "route": {"cluster": service.name, "timeout": "0s"},
        "typed_per_filter_config": filters.rest_only(whole=whole),
    }


def _cors(edge: Edge) -> Node:
    return typed(
        "envoy.extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"safe_regex": {"regex": edge.cors_origin}}],
        allow_methods="GET, POST, PUT, PATCH, DELETE, OPTIONS",
        allow_headers="authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent",
        expose_headers="grpc-status, grpc-message, grpc-status-details-bin, x-request-id",
        max_age="86400",
    )
