"""The two listeners of the edge: TLS for everyone, plaintext on loopback for development."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render import errors, filters, routes
from services.mesh.render.document import Edge, Node, from_file, resources, typed

if TYPE_CHECKING:
    from services.mesh.topology import Topology

ROUTES_FILE = "./routes.yaml"
SECRETS_FILE = "./secrets.yaml"
_LOOPBACK = "127.0.0.1"
_MIB = 1024 * 1024


def document(topology: Topology, edge: Edge) -> Node:
    """The file that the bootstrap reads the listeners from."""
    return resources(
        _listener("edge", edge.host, edge.port, topology, edge, tls=True),
        _listener("plaintext", _LOOPBACK, edge.plaintext_port, topology, edge, tls=False),
    )


def secrets() -> Node:
    """The file that the TLS listener reads its certificate from; replacing it rotates the certificate."""
    certificate = {
        "certificate_chain": {"filename": "../pki/edge.pem"},
        "private_key": {"filename": "../pki/edge.key"},
    }
    return resources(
        typed("envoy.extensions.transport_sockets.tls.v3.Secret", name="edge", tls_certificate=certificate)
    )


def _listener(name: str, host: str, port: int, topology: Topology, edge: Edge, *, tls: bool) -> Node:
    return typed(
        "envoy.config.listener.v3.Listener",
        name=name,
        address={"socket_address": {"address": host, "port_value": port}},
        # Two meshes on one port would share its connections at random instead of failing.
        enable_reuse_port=False,
        per_connection_buffer_limit_bytes=_MIB,
        filter_chains=[
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": _connection_manager(name, topology, edge),
                    }
                ],
                **({"transport_socket": _tls()} if tls else {}),
            }
        ],
    )


def _connection_manager(name: str, topology: Topology, edge: Edge) -> Node:
    return typed(
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name,
        codec_type="AUTO",
        rds={"route_config_name": routes.NAME, "config_source": from_file(ROUTES_FILE)},
        http_filters=filters.chain(topology),
        local_reply_config=errors.local_reply(),
        **_hardening(),
        **_request_ids(),
        **_tracing(edge),
        access_log=[_access_log()],
    )


def _hardening() -> Node:
    return {
        "server_name": "malha",
        "use_remote_address": True,
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
        "max_request_headers_kb": 16,
        "request_headers_timeout": "5s",
        "stream_idle_timeout": "300s",
        "common_http_protocol_options": {
            "idle_timeout": "900s",
            "max_headers_count": 100,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        # A stream that fails after its first line tells so in trailers, over HTTP/1.1 too.
        "http_protocol_options": {"enable_trailers": True},
        "http2_protocol_options": {
            "max_concurrent_streams": 256,
            "initial_stream_window_size": _MIB,
            "initial_connection_window_size": 4 * _MIB,
            "connection_keepalive": {"interval": "60s", "timeout": "10s"},
        },
    }


def _request_ids() -> Node:
    return {
        "generate_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {
            "typed_config": typed(
                "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # A plain UUID: services use the id as a key.
                pack_trace_reason=False,
            )
        },
    }


def _tracing(edge: Edge) -> Node:
    if edge.otlp_endpoint is None:
        return {}
    provider = typed(
        "envoy.config.trace.v3.OpenTelemetryConfig",
        service_name="edge",
        grpc_service={"envoy_grpc": {"cluster_name": "otlp"}, "timeout": "1s"},
    )
    return {
        "tracing": {
            "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": provider},
            "random_sampling": {"value": 100},
            "spawn_upstream_span": False,
        }
    }


def _access_log() -> Node:
    line = {
        "time": "%START_TIME%",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        "protocol": "%PROTOCOL%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS%",
        "flags": "%RESPONSE_FLAGS%",
        "details": "%RESPONSE_CODE_DETAILS%",
        "received": "%BYTES_RECEIVED%",
        "sent": "%BYTES_SENT%",
        "ms": "%DURATION%",
        "upstream": "%UPSTREAM_HOST%",
        "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
        "peer": "%DOWNSTREAM_REMOTE_ADDRESS%",
    }
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": typed(
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path="../logs/edge-access.log",
            log_format={"json_format": line},
        ),
    }


def _tls() -> Node:
    context = typed(
        "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_3"},
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificate_sds_secret_configs": [{"name": "edge", "sds_config": from_file(SECRETS_FILE)}],
        },
    )
    return {"name": "envoy.transport_sockets.tls", "typed_config": context}
