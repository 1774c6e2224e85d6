"""The bootstrap: who this Envoy is, where the other files are, and what it does when memory or connections run out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render import clusters
from services.mesh.render.document import Edge, Node, from_file, typed

if TYPE_CHECKING:
    from services.mesh.topology import Topology

ADMIN_SOCKET = "./admin.sock"
LISTENERS_FILE = "./listeners.yaml"
CLUSTERS_FILE = "./clusters.yaml"

_MAX_HEAP_BYTES = 1024**3
_MAX_CONNECTIONS = 10_000


def document(topology: Topology, edge: Edge) -> Node:
    """The file Envoy is started with, in its own folder: all paths are relative to that."""
    return {
        "node": {"id": "edge", "cluster": f"malha-{topology.profile}"},
        "admin": {"address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}}},
        "dynamic_resources": {
            "lds_config": from_file(LISTENERS_FILE),
            "cds_config": from_file(CLUSTERS_FILE),
        },
        **({"static_resources": {"clusters": [clusters.tracing(edge.otlp_endpoint)]}} if edge.otlp_endpoint else {}),
        "overload_manager": _overload(),
        "layered_runtime": {"layers": [{"name": "static", "static_layer": _runtime()}]},
        "stats_config": {"stats_tags": [], "use_all_default_tags": True},
    }


def _runtime() -> Node:
    return {
        # A connection that mostly opens streams to reset them at once is closed.
        "overload.premature_reset_total_stream_count": 500,
        "overload.premature_reset_min_stream_lifetime_seconds": 1,
    }


def _overload() -> Node:
    return {
        "refresh_interval": "0.25s",
        "resource_monitors": [
            {
                "name": "envoy.resource_monitors.fixed_heap",
                "typed_config": typed(
                    "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig",
                    max_heap_size_bytes=_MAX_HEAP_BYTES,
                ),
            },
            {
                "name": "envoy.resource_monitors.global_downstream_max_connections",
                "typed_config": typed(
                    "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
                    max_active_downstream_connections=_MAX_CONNECTIONS,
                ),
            },
        ],
        "actions": [
            _action("envoy.overload_actions.shrink_heap", 0.9),
            _action("envoy.overload_actions.disable_http_keepalive", 0.92),
            _action("envoy.overload_actions.stop_accepting_requests", 0.95),
            _action("envoy.overload_actions.stop_accepting_connections", 0.98),
        ],
    }


def _action(name: str, threshold: float) -> Node:
    trigger = {"name": "envoy.resource_monitors.fixed_heap", "threshold": {"value": threshold}}
    return {"name": name, "triggers": [trigger]}
