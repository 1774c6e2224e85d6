"""Makes the views of a mesh out of its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.supervisor.view import ComponentView, EndpointView, ReplicaView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.mesh.endpoints import Member
    from services.mesh.supervisor.fleet import Fleet
    from services.mesh.supervisor.hosts import Hosts
    from services.mesh.supervisor.unit import Unit


def component(name: str, units: Sequence[Unit]) -> ComponentView:
    """A component that is no service: one process, or none yet."""
    replicas = tuple(_replica(unit) for unit in units)
    return ComponentView(name, bool(replicas) and all(r.ready for r in replicas), "", 1, replicas)


def service(fleet: Fleet) -> ComponentView:
    """A service."""
    replicas = tuple(
        _replica(fleet.unit(name), fleet.program(name).release.version, fleet.program(name).zone)
        for name in fleet.names
    )
    # While replicas are exchanged there are more than wanted, and some that only start.
    ready = sum(replica.ready for replica in replicas) >= fleet.wanted
    return ComponentView(fleet.service.name, ready, fleet.release.version, fleet.wanted, replicas)


def endpoint(member: Member, known: Hosts) -> EndpointView:
    """An endpoint, with what Envoy thinks of it."""
    entry = member.entry
    return EndpointView(
        service=entry.component,
        replica=entry.replica,
        address=entry.address,
        version=entry.version,
        zone=entry.zone,
        weight=entry.weight,
        published=bool(member.clusters),
        draining=member.draining,
        healthy=any(known.get(cluster, {}).get((entry.host, entry.port)) for cluster in member.clusters),
        stale=member.stale,
    )


def _replica(unit: Unit, version: str = "", zone: str = "") -> ReplicaView:
    return ReplicaView(unit.program.name, unit.pid, unit.address, unit.ready, unit.state, unit.restarts, version, zone)
