"""What Envoy does with a connection: HTTP and its limits, the caller's name, traces, the access log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.mesh.render import tokens
from services.mesh.render.clusters import OTLP
from services.mesh.render.document import Edge, Node, from_file, typed
from services.mesh.traffic import VERSION_HEADER
from services.runtime.identity.spiffe import CALLER_KEY, ENVOY, MESH, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Sequence

# How much of its requests a client may send ahead: one stream, and all of them.
_STREAM_WINDOW = 256 * 1024
_CONNECTION_WINDOW = 1024 * 1024
_OURS = "x-malha-"
# As the caller wrote it, without the query: what stands there belongs neither into logs nor into traces.
_PATH = "%PATH(NQ:ORIG_OR_PATH)%"
_SAMPLERS = "envoy.extensions.tracers.opentelemetry.samplers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What tells the HTTP of one listener from that of the others."""

    name: str
    """The prefix of its statistics and the name of its access log."""
    routes: str
    routes_file: str
    filters: Sequence[Node]
    replies: Node
    """The `local_reply_config`."""
    caller: str
    """Envoy's format of the caller's SPIFFE id."""
    refusals: Sequence[Node] = ()
    """The access logs of what was refused, beside that of everything."""
    trusted: bool
    """Whether its clients are workloads of ours, with a few connections for all that they do."""


def manager(side: Side, edge: Edge) -> Node:
    """The filter that speaks HTTP on one listener."""
    return typed(
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=side.name,
        codec_type="HTTP2" if side.trusted else "AUTO",
        rds={"route_config_name": side.routes, "config_source": from_file(side.routes_file)},
        early_header_mutation_extensions=[_caller(side.caller)],
        http_filters=list(side.filters),
        local_reply_config=side.replies,
        **_hardening(trusted=side.trusted),
        **_request_ids(),
        **_tracing(side, edge),
        access_log=[_access_log(side.name), *side.refusals],
    )


def _caller(caller: str) -> Node:
    """Removes what only the mesh may say, before anything reads the request, and says who is calling."""
    header = {"key": CALLER_KEY, "value": caller}
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": typed(
            "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            mutations=[
                {"remove_on_match": {"key_matcher": {"safe_regex": {"regex": _reserved()}}}},
                # Envoy's own would let a client choose its timeouts and retries.
                {"remove_on_match": {"key_matcher": {"prefix": "x-envoy-"}}},
                {"remove": "x-forwarded-client-cert"},
                {"append": {"header": header, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}},
            ],
        ),
    }


def _reserved() -> str:
    """Matches every header of ours but the one that a caller may set; RE2 has no lookahead to say so shortly."""
    word = VERSION_HEADER.removeprefix(_OURS)
    others = f"{word}.+"
    for position in range(len(word) - 1, -1, -1):
        others += f"|{word[:position]}([^{word[position]}].*)?"
    return f"{_OURS}({others})"


def _hardening(*, trusted: bool) -> Node:
    return {
        "server_name": "malha",
        "use_remote_address": True,
        # Nobody's address makes him one of ours, not loopback either, which is Envoy's default: this one nobody has.
        "internal_address_config": {"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "max_request_headers_kb": 16,
        "request_headers_timeout": "5s",
        # A route's own times come instead of this one and of `max_stream_duration`: they are for what has none.
        "stream_idle_timeout": "10s",
        "common_http_protocol_options": {
            # A workload keeps its connection; a stranger without a request to make does not.
            "idle_timeout": "900s" if trusted else "60s",
            "max_connection_duration": "900s" if trusted else "3600s",
            "max_stream_duration": "10s",
            "max_headers_count": 100,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        # A stream that fails after its first line tells so in trailers, over HTTP/1.1 too.
        "http_protocol_options": {"enable_trailers": True},
        "http2_protocol_options": {
            "max_concurrent_streams": 1024 if trusted else 128,
            "initial_stream_window_size": _STREAM_WINDOW,
            "initial_connection_window_size": _CONNECTION_WINDOW,
            # One that answers no ping is nobody: it was opened to be held.
            "connection_keepalive": {"interval": "10s", "timeout": "5s"},
            # What a client that reads nothing can make Envoy write.
            "max_outbound_frames": 2_000,
            "max_outbound_control_frames": 200,
        },
    }


def _request_ids() -> Node:
    return {
        "generate_request_id": True,
        "always_set_request_id_in_response": True,
        # A caller may name his request; between services it keeps its name from hop to hop.
        "preserve_external_request_id": True,
        "request_id_extension": {
            "typed_config": typed(
                "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # A plain UUID: services use the id as a key.
                pack_trace_reason=False,
            )
        },
    }


def _tracing(side: Side, edge: Edge) -> Node:
    """Spans go to the collector that was named, else to the supervisor, which is told who reports."""
    reporter = {"key": CALLER_KEY, "value": spiffe_id(ENVOY)}
    service: Node = {
        "envoy_grpc": {"cluster_name": OTLP if edge.otlp_endpoint else MESH},
        "timeout": "1s",
        **({} if edge.otlp_endpoint else {"initial_metadata": [reporter]}),
    }
    provider = typed(
        "envoy.config.trace.v3.OpenTelemetryConfig",
        service_name=f"envoy-{side.name}",
        grpc_service=service,
        sampler=_sampler(edge.trace_ratio),
    )
    return {
        "tracing": {
            "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": provider},
            # The sampler decides; a share that is drawn here would overrule the callers' decisions.
            "random_sampling": {"value": 100},
            # The path in Envoy's own tag of the URL comes with the query.
            "max_path_tag_length": 0,
            "custom_tags": [{"tag": "url.path", "value": _PATH}],
            "spawn_upstream_span": False,
        }
    }


def _sampler(ratio: float) -> Node:
    """A caller's decision holds; of the other calls, a share is traced."""
    share = {"numerator": round(ratio * 1_000_000), "denominator": "MILLION"}
    drawn = typed(f"{_SAMPLERS}.v3.TraceIdRatioBasedSamplerConfig", sampling_percentage=share)
    parent = typed(
        f"{_SAMPLERS}.v3.ParentBasedSamplerConfig",
        wrapped_sampler={"name": "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based", "typed_config": drawn},
    )
    return {"name": "envoy.tracers.opentelemetry.samplers.parent_based", "typed_config": parent}


def _access_log(name: str) -> Node:
    line = {
        "time": "%START_TIME%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "trace_id": "%TRACE_ID%",
        "caller": f"%REQ({CALLER_KEY.upper()})%",
        "subject": tokens.SUBJECT,
        "method": "%REQ(:METHOD)%",
        "path": _PATH,
        "protocol": "%PROTOCOL%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "received": "%BYTES_RECEIVED%",
        "sent": "%BYTES_SENT%",
        "ms": "%DURATION%",
        "upstream_cluster": "%UPSTREAM_CLUSTER%",
        "upstream": "%UPSTREAM_HOST%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "peer": "%DOWNSTREAM_REMOTE_ADDRESS%",
    }
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": typed(
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path=f"../logs/{name}-access.log",
            log_format={"json_format": line},
        ),
    }
