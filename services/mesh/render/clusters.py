"""The clusters: two for each service, balanced by least requests, watched actively and passively."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.mesh.render import identity
from services.mesh.render.document import Node, from_file, resources, typed

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.mesh.topology import Topology

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_WINDOW = 1024 * 1024
OTLP = "otlp"
"""The cluster of the collector of traces, when one is named."""


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One replica to send calls to."""

    host: str
    port: int
    zone: str = "local"
    weight: int = 1
    """Its share beside its siblings', at least 1."""


def canary(service: str) -> str:
    """The cluster beside a service's own, for the version under trial; it has no endpoints most of the time."""
    return f"{service}-canary"


def both(service: str) -> tuple[str, str]:
    """Both clusters of a service."""
    return service, canary(service)


def endpoints_file(cluster: str) -> str:
    """The file with the endpoints of a cluster, relative to the bootstrap."""
    return f"./endpoints-{cluster}.yaml"


def document(topology: Topology) -> Node:
    """The file that the bootstrap reads the clusters from."""
    return resources(*(_cluster(name, service.name) for service in topology.routed for name in both(service.name)))


def endpoints(cluster: str, members: Collection[Endpoint], local_zone: str) -> Node:
    """The file with the endpoints of one cluster, in a stable order.

    Those of Envoy's own zone come first; the other zones take over as far as those fail.
    """
    zones = sorted({member.zone for member in members}, key=lambda zone: (zone != local_zone, zone))
    # Envoy wants the priorities without a gap, so without endpoints at home the others are first.
    at_home = local_zone in zones
    return resources(
        typed(
            "envoy.config.endpoint.v3.ClusterLoadAssignment",
            cluster_name=cluster,
            endpoints=[
                {
                    "locality": {"zone": zone},
                    "priority": int(at_home and zone != local_zone),
                    "lb_endpoints": [_endpoint(member) for member in sorted(members) if member.zone == zone],
                }
                for zone in zones
            ],
        )
    )


def _endpoint(member: Endpoint) -> Node:
    address = {"socket_address": {"address": member.host, "port_value": member.port}}
    return {"endpoint": {"address": address}, "load_balancing_weight": member.weight}


def tracing(endpoint: str) -> Node:
    """The collector of traces, `endpoint` as host:port."""
    host, _, port = endpoint.removeprefix("http://").rpartition(":")
    address = {"socket_address": {"address": host, "port_value": int(port)}}
    return {
        "name": OTLP,
        "type": "STRICT_DNS",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {_HTTP_OPTIONS: _http2()},
        "load_assignment": {
            "cluster_name": OTLP,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
    }


def _cluster(name: str, service: str) -> Node:
    return typed(
        "envoy.config.cluster.v3.Cluster",
        name=name,
        type="EDS",
        eds_cluster_config={"eds_config": from_file(endpoints_file(name))},
        connect_timeout="0.5s",
        lb_policy="LEAST_REQUEST",
        # A process that has just started gets its share little by little.
        least_request_lb_config={"slow_start_config": {"slow_start_window": "3s"}},
        typed_extension_protocol_options={_HTTP_OPTIONS: _http2()},
        transport_socket=identity.towards(service),
        per_connection_buffer_limit_bytes=_WINDOW,
        health_checks=[_health_check()],
        outlier_detection=_outliers(),
        circuit_breakers={"thresholds": [_limits()]},
        # A replica that left the registry, or fails its check, must not keep calls waiting on its connection.
        ignore_health_on_host_removal=True,
        close_connections_on_host_health_failure=True,
        common_lb_config={
            # With none left that is healthy, all are tried: their own words are better than Envoy's. A single healthy
            # one is enough not to.
            "healthy_panic_threshold": {"value": 1},
            "ignore_new_hosts_until_first_hc": True,
            # What is found out about a replica counts at once; by default it waits for a second of further changes.
            "update_merge_window": "0s",
        },
    )


def _http2() -> Node:
    return typed(
        _HTTP_OPTIONS,
        # A connection proves both identities anew from time to time.
        common_http_protocol_options={"max_connection_duration": "900s"},
        explicit_http_config={
            "http2_protocol_options": {
                "max_concurrent_streams": 1024,
                "initial_stream_window_size": _WINDOW,
                "initial_connection_window_size": 4 * _WINDOW,
                # What waits for a frozen replica is tried elsewhere about a second later. A replica that is only busy
                # answers: gRPC does so beside the Python code.
                "connection_keepalive": {"interval": "0.5s", "timeout": "1s"},
            }
        },
    )


def _health_check() -> Node:
    """Finds a frozen replica 1.1 to 1.6 s after it froze: it has to be silent for two whole timeouts, so one that is
    only late on a busy machine stays in. What waits for it then is tried elsewhere."""
    return {
        "timeout": "0.5s",
        "interval": "0.5s",
        # The default of 60 s leaves a cluster without traffic unwatched.
        "no_traffic_interval": "0.5s",
        "unhealthy_interval": "0.1s",
        "healthy_edge_interval": "0.5s",
        "unhealthy_threshold": 2,
        "healthy_threshold": 1,
        "reuse_connection": True,
        # The empty name asks for the replica as a whole, its dependencies included.
        "grpc_health_check": {},
    }


def _outliers() -> Node:
    """Ejects a replica that refuses or resets connections. An answer, even INTERNAL, is not held against it."""
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 3,
        "enforcing_consecutive_local_origin_failure": 100,
        "enforcing_local_origin_success_rate": 0,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "2s",
        "max_ejection_time": "30s",
        "max_ejection_percent": 50,
    }


def _limits() -> Node:
    return {
        "max_connections": 1024,
        "max_pending_requests": 4096,
        "max_requests": 4096,
        # All that a dying replica leaves behind is repeated at once; beyond that, a quarter of what runs.
        "retry_budget": {"budget_percent": {"value": 25}, "min_retry_concurrency": 64},
    }
