"""The bootstrap: who this Envoy is, and where the other files are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render import clusters, overload, tokens
from services.mesh.render.document import Edge, Node, from_file

if TYPE_CHECKING:
    from services.mesh.topology import Topology

ADMIN_SOCKET = "./admin.sock"
LISTENERS_FILE = "./listeners.yaml"
CLUSTERS_FILE = "./clusters.yaml"

# In milliseconds, of which Envoy counts whole ones: up to 3.5 every millisecond stands alone, later a third more each.
DURATION_BOUNDS = (
    0.5, 1.5, 2.5, 3.5, 4.5, 6.5, 8.5, 11, 15, 20, 27, 36, 48, 64, 85, 115, 150, 200, 270, 360, 480, 640, 850, 1150,
    1500, 2000, 2700, 3600, 5000, 10000, 30000, 60000, 300000,
)  # fmt: skip


def document(topology: Topology, edge: Edge) -> Node:
    """The file Envoy is started with, in its own folder: all paths are relative to that."""
    return {
        "node": {"id": "edge", "cluster": f"malha-{topology.profile}", "locality": {"zone": edge.zone}},
        # A flood of connections must not lock the operator out.
        "admin": {
            "address": {"pipe": {"path": ADMIN_SOCKET, "mode": 0o600}},
            "ignore_global_conn_limit": True,
        },
        "dynamic_resources": {
            "lds_config": from_file(LISTENERS_FILE),
            "cds_config": from_file(CLUSTERS_FILE),
        },
        **({"static_resources": {"clusters": fixed}} if (fixed := _fixed_clusters(topology, edge)) else {}),
        "overload_manager": overload.manager(),
        "layered_runtime": {"layers": [{"name": "static", "static_layer": _runtime()}]},
        "stats_config": _stats(),
        # Histograms are told as of the last flush, and who judges a canary looks twice a second.
        "stats_flush_interval": "0.5s",
    }


def _fixed_clusters(topology: Topology, edge: Edge) -> list[Node]:
    """Those that are no service's."""
    return [
        *((clusters.tracing(edge.otlp_endpoint),) if edge.otlp_endpoint else ()),
        *((tokens.keys(edge),) if topology.guarded else ()),
    ]


def _stats() -> Node:
    """Envoy's own buckets, a factor of up to five apart, would hide a service that became three times slower."""
    buckets = [{"match": {"suffix": ".upstream_rq_time"}, "buckets": list(DURATION_BOUNDS)}]
    return {"stats_tags": [], "use_all_default_tags": True, "histogram_bucket_settings": buckets}


def _runtime() -> Node:
    return {
        # However many requests a connection sends at once, the others have their turn after a few of them.
        "http.max_requests_per_io_cycle": 8,
        # Who asks for a trace has just made it.
        "tracing.opentelemetry.flush_interval_ms": 1_000,
        # A connection that mostly opens streams to reset them at once is closed.
        "overload.premature_reset_total_stream_count": 500,
        "overload.premature_reset_min_stream_lifetime_seconds": 1,
    }
