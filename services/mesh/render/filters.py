"""The chain of HTTP filters. A gRPC call meets only the cheap ones: what REST needs is off unless a route asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh import policies
from services.mesh.render import authorization, limits, lua, tokens
from services.mesh.render.document import Node, typed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.mesh.policies import Method
    from services.mesh.render.document import Edge
    from services.mesh.topology import Topology

CONTRACTS_FILE = "contracts.binpb"
"""The compiled contracts, beside the bootstrap."""

CORS = "envoy.filters.http.cors"
_GRPC_WEB = "envoy.filters.http.grpc_web"
_BUFFER = "envoy.filters.http.buffer"
_COMPRESSOR = "envoy.filters.http.compressor"
_TRANSCODER = "envoy.filters.http.grpc_json_transcoder"
_GRPC_STATS = "envoy.filters.http.grpc_stats"
_ROUTER = "envoy.filters.http.router"

# JSON needs more room than protobuf: base64 takes 4/3, escapes of control characters more.
_JSON_FACTOR = 2


def chain(topology: Topology, edge: Edge) -> list[Node]:
    """All filters in their order; see `rest_only` for those that a REST route switches on.

    Behind the transcoder a REST call is a call of its method, so what goes by the method stands there.
    """
    verified = [_filter(tokens.JWT, tokens.verification(edge))] if topology.guarded else []
    permitted = [_filter(tokens.SOUND, tokens.sound()), _filter(tokens.PERMITTED, tokens.nobody())]
    return [
        _filter(CORS, typed("envoy.extensions.filters.http.cors.v3.Cors")),
        *(_filter(*each) for each in limits.floor(topology, edge)),
        _filter(_GRPC_WEB, typed("envoy.extensions.filters.http.grpc_web.v3.GrpcWeb")),
        *verified,
        _filter(_BUFFER, _buffer(topology), disabled=True),
        _filter(_COMPRESSOR, _compressor(), disabled=True),
        # Before the transcoder in the order of requests, so after it in that of responses.
        _filter(lua.FILTER, _lua(), disabled=True),
        _filter(_TRANSCODER, _transcoder(topology), disabled=True),
        *(permitted if topology.guarded else ()),
        *(_filter(*each) for each in limits.decisions(topology, edge)),
        *_end(method for service in topology.services for method in policies.edge_methods(service)),
    ]


def inner_chain(topology: Topology) -> list[Node]:
    """The filters between services: who may call, and on."""
    return [
        _filter(authorization.FILTER, authorization.nobody()),
        *_end(method for service in topology.routed for method in policies.methods(service)),
    ]


def _end(methods: Iterable[Method]) -> tuple[Node, Node]:
    """What every chain ends with: figures of each method, by cluster and gRPC code, and the way out."""
    names: dict[str, list[str]] = {}
    for method in methods:
        names.setdefault(method.service, []).append(method.name)
    figures = typed(
        "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
        # Of the contracts' methods only: who invents paths must not be able to invent figures.
        individual_method_stats_allowlist={
            "services": [{"name": service, "method_names": found} for service, found in names.items()]
        },
        enable_upstream_stats=True,
    )
    router = typed("envoy.extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    return _filter(_GRPC_STATS, figures), _filter(_ROUTER, router)


def rest_only(*, whole: bool = True) -> Node:
    """The `typed_per_filter_config` of a REST route; with `whole`, a request is read to its end before it goes on."""
    names = (*((_BUFFER,) if whole else ()), _COMPRESSOR, lua.FILTER, _TRANSCODER)
    return {name: typed("envoy.config.route.v3.FilterConfig", config={}) for name in names}


def whole_only() -> Node:
    """The `typed_per_filter_config` of a route that answers by itself: it reads the request to its end first."""
    return {_BUFFER: typed("envoy.config.route.v3.FilterConfig", config={})}


def _filter(name: str, config: Node, disabled: bool = False) -> Node:
    return {"name": name, **({"disabled": True} if disabled else {}), "typed_config": config}


def _buffer(topology: Topology) -> Node:
    """Reads a request to its end. An answer before that resets an HTTP/2 stream, and some clients, curl 7.88 among
    them, then report the reset and drop the answer, which says what was wrong. The transcoder would hold the request
    of a unary call anyway."""
    return typed("envoy.extensions.filters.http.buffer.v3.Buffer", max_request_bytes=_largest_body(topology))


def _largest_body(topology: Topology) -> int:
    methods = [method for service in topology.services for method in policies.edge_methods(service) if method.has_rest]
    return _JSON_FACTOR * max(method.max_request_bytes for method in methods)


def _lua() -> Node:
    return typed("envoy.extensions.filters.http.lua.v3.Lua", default_source_code={"inline_string": lua.SCRIPT})


def _compressor() -> Node:
    return typed(
        "envoy.extensions.filters.http.compressor.v3.Compressor",
        response_direction_config={
            "common_config": {"min_content_length": 1024},
            "disable_on_etag_header": True,
        },
        compressor_library={
            "name": "gzip",
            "typed_config": typed(
                "envoy.extensions.compression.gzip.compressor.v3.Gzip",
                # Findings compress about eightfold already at the cheapest level.
                compression_level="COMPRESSION_LEVEL_1",
                memory_level=5,
                window_bits=13,
            ),
        },
    )


def _transcoder(topology: Topology) -> Node:
    methods = [method for service in topology.services for method in policies.edge_methods(service) if method.has_rest]
    return typed(
        "envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor=CONTRACTS_FILE,
        services=list(policies.rest_services(topology.services)),
        convert_grpc_status=True,
        print_options={"stream_newline_delimited": True},
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
        # As HTML forms and `curl --data-urlencode` write a blank.
        query_param_unescape_plus=True,
        max_request_body_size=_largest_body(topology),
        max_response_body_size=_JSON_FACTOR * max(method.max_response_bytes for method in methods),
    )
