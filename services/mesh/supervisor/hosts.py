"""Which hosts Envoy balances over, and which of them it finds healthy: asked at its admin socket."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from services.mesh.supervisor.envoy import admin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_POLL_SECONDS = 0.05
_UNHEALTHY = ("failed_active_health_check", "failed_outlier_check", "pending_active_hc", "pending_dynamic_removal")

Address = tuple[str, int]
Hosts = dict[str, dict[Address, bool]]
"""Cluster, then host: whether it is healthy."""


async def hosts(folder: Path) -> Hosts:
    """All hosts of the Envoy in `folder`; raises OSError when it does not answer."""
    status, body = await admin(folder, "GET", "/clusters?format=json")
    if status != 200:
        raise ConnectionError(f"Envoy answers {status}")
    found: Hosts = {}
    for cluster in json.loads(body).get("cluster_statuses", ()):
        members = found.setdefault(cluster["name"], {})
        for host in cluster.get("host_statuses", ()):
            socket = host["address"].get("socket_address")
            if socket:
                members[socket["address"], int(socket["port_value"])] = _healthy(host.get("health_status", {}))
    return found


async def until(folder: Path, seconds: float, holds: Callable[[Hosts], bool]) -> bool:
    """Wait until it holds of Envoy's hosts, which are none while Envoy does not answer; False when time is over."""
    end = time.monotonic() + seconds
    while True:
        try:
            known = await hosts(folder)
        except OSError:
            known = {}
        if holds(known):
            return True
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_POLL_SECONDS)


def _healthy(status: Mapping[str, object]) -> bool:
    return status.get("eds_health_status", "HEALTHY") in ("HEALTHY", "UNKNOWN") and not any(
        status.get(flag) for flag in _UNHEALTHY
    )
