"""What `malha status` shows, for a person and for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from malha.mesh.v1 import topology_pb2

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATE_PREFIX = "REPLICA_STATE_"

NOTHING: dict[str, Any] = {"ready": False, "components": []}
"""The document of a mesh that is not up."""


def state_word(state: int) -> str:
    """A replica's state as a person reads it, such as `backing-off`."""
    value = topology_pb2.ReplicaState.DESCRIPTOR.values_by_number.get(state)
    return value.name.removeprefix(_STATE_PREFIX).lower().replace("_", "-") if value else "unknown"


def document(topology: topology_pb2.Topology) -> dict[str, Any]:
    """What `malha status --json` prints."""
    return {
        "ready": topology.ready,
        "proven": topology.proven,
        "supervisor": topology.supervisor_pid,
        "profile": topology.profile,
        "edge": topology.edge_address,
        "plaintext": topology.plaintext_address,
        "inner": topology.inner_address,
        "components": [_component(component) for component in topology.components],
        "alarms": [
            {"kind": alarm.kind, "message": alarm.message, "since": alarm.since.ToJsonString()}
            for alarm in topology.alarms
        ],
    }


def lines(topology: topology_pb2.Topology) -> Iterator[str]:
    """What `malha status` prints: a line for each process, then one for each alarm."""
    width = max((len(replica.name) for c in topology.components for replica in c.replicas), default=0)
    width = max(width, 14, *(len(component.name) for component in topology.components))
    for component in topology.components:
        for replica in component.replicas:
            yield _line(replica, width)
        missing = component.wanted_replicas - len(component.replicas)
        if missing > 0:
            yield f"{component.name:<{width}} {missing} of {component.wanted_replicas} not there yet"
    for alarm in topology.alarms:
        yield f"alarm {alarm.kind}: {alarm.message}"


def _line(replica: topology_pb2.Replica, width: int) -> str:
    more = [
        replica.address or "-",
        *([replica.version] if replica.version else []),
        *([f"zone {replica.zone}"] if replica.zone else []),
        *([f"{replica.restarts} restarts"] if replica.restarts else []),
    ]
    return f"{replica.name:<{width}} {state_word(replica.state):<12} pid {replica.pid or '-':<8} {'  '.join(more)}"


def _component(component: topology_pb2.Component) -> dict[str, Any]:
    replicas = [
        {
            "name": replica.name, "pid": replica.pid or None, "address": replica.address, "ready": replica.ready,
            "state": state_word(replica.state), "restarts": replica.restarts, "version": replica.version,
            "zone": replica.zone,
        }
        for replica in component.replicas
    ]  # fmt: skip
    return {
        "name": component.name,
        "ready": component.ready,
        "version": component.version,
        "wanted_replicas": component.wanted_replicas,
        "replicas": replicas,
    }
