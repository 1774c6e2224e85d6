"""What Envoy does as its memory or its connections run out: first it hurries, then it sheds, so that it never falls."""

from __future__ import annotations

from services.mesh.render.document import Node, typed

_MAX_HEAP_BYTES = 512 * 1024**2
_MAX_CONNECTIONS = 8_000
# A stream is among the expensive ones from 1 MiB of buffers on (Envoy counts in powers of two).
_EXPENSIVE_POWER = 20

_HEAP = "envoy.resource_monitors.fixed_heap"
_ACTION = "envoy.overload_actions."
_SHED = "envoy.load_shed_points."


def manager() -> Node:
    """The bootstrap's `overload_manager`.

    From 75 % of the heap on, connections may idle for less and less; from 85 % on, the streams that hold the most are
    reset, more of them as it goes on; from 93 % on, new calls are refused with UNAVAILABLE, from 96 % on new
    connections; from 95 % on, over HTTP/1, and from 98 % on, over HTTP/2, whoever sends anything is cut off.
    """
    return {
        "refresh_interval": "0.1s",
        "resource_monitors": [
            {
                "name": _HEAP,
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
        "buffer_factory_config": {"minimum_account_to_track_power_of_two": _EXPENSIVE_POWER},
        "actions": [
            {**_scaled(f"{_ACTION}reduce_timeouts", 0.75, 0.95), "typed_config": _shorter()},
            _above(f"{_ACTION}shrink_heap", 0.8),
            _scaled(f"{_ACTION}reset_high_memory_stream", 0.85, 0.95),
            _above(f"{_ACTION}disable_http_keepalive", 0.92),
        ],
        "loadshed_points": [
            _above(f"{_SHED}http_connection_manager_decode_headers", 0.93),
            # A request over HTTP/1 is not among the streams that can be reset: its connection is closed as it sends on.
            _above(f"{_SHED}http1_server_abort_dispatch", 0.95),
            _above(f"{_SHED}hcm_ondata_creating_codec", 0.96),
            _above(f"{_SHED}http2_server_go_away_and_close_on_dispatch", 0.98),
            _above(f"{_SHED}tcp_listener_accept", 0.96),
        ],
    }


def _shorter() -> Node:
    kinds = ("HTTP_DOWNSTREAM_CONNECTION_IDLE", "TRANSPORT_SOCKET_CONNECT")
    return typed(
        "envoy.config.overload.v3.ScaleTimersOverloadActionConfig",
        timer_scale_factors=[{"timer": kind, "min_timeout": "2s"} for kind in kinds],
    )


def _above(name: str, threshold: float) -> Node:
    return {"name": name, "triggers": [{"name": _HEAP, "threshold": {"value": threshold}}]}


def _scaled(name: str, begin: float, full: float) -> Node:
    scale = {"scaling_threshold": begin, "saturation_threshold": full}
    return {"name": name, "triggers": [{"name": _HEAP, "scaled": scale}]}
