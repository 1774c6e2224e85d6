"""What the supervisor tells of its mesh: plain values, taken at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ReplicaState(StrEnum):
    """Where in its life a process is."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    UNREADY = "unready"
    BACKING_OFF = "backing-off"
    DRAINING = "draining"


class AlarmKind(StrEnum):
    """What can be wrong with a mesh as a whole; the names are stable, for programs."""

    REGISTRY_LOST = "REGISTRY_LOST"
    """Redis does not answer, or has lost replicas that are known to live: their last good endpoints stay."""
    STATE_UNWRITABLE = "STATE_UNWRITABLE"
    """Files in the state folder cannot be written: Envoy is not told of changes."""
    IDENTITIES_STALE = "IDENTITIES_STALE"
    """Certificates could not be renewed in time."""
    FLAGS_UNUSABLE = "FLAGS_UNUSABLE"
    """The file of feature flags cannot be used: the last good values stay."""


@dataclass(frozen=True, slots=True)
class AlarmView:
    """Something that needs attention."""

    kind: AlarmKind
    message: str
    """What is wrong and what to do, for people."""
    since: datetime


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """One process."""

    name: str
    pid: int | None
    address: str
    """`host:port`; empty before its first start."""
    ready: bool
    state: ReplicaState
    restarts: int
    """How often it was started again after it had ended by itself."""
    version: str = ""
    """Empty for what has no versions."""
    zone: str = ""
    """Empty for what stands in no zone."""


@dataclass(frozen=True, slots=True)
class ComponentView:
    """A part of the mesh: a service, Envoy, PostgreSQL or Redis."""

    name: str
    ready: bool
    """Whether as many replicas as it shall have are ready."""
    version: str
    """The one that new replicas are started from; empty for what has no versions."""
    wanted_replicas: int
    replicas: tuple[ReplicaView, ...]


@dataclass(frozen=True, slots=True)
class TopologyView:
    """One mesh on one machine."""

    profile: str
    ready: bool
    """Whether it is proven and every component is ready."""
    proven: bool
    """Whether the first call through the edge went through."""
    supervisor_pid: int
    edge_address: str
    plaintext_address: str
    inner_address: str
    components: tuple[ComponentView, ...]
    """In starting order."""
    alarms: tuple[AlarmView, ...]


@dataclass(frozen=True, slots=True)
class EndpointView:
    """One address that calls can go to."""

    service: str
    replica: str
    address: str
    version: str
    zone: str
    weight: int
    published: bool
    """Whether Envoy was told of it: it is ready, not draining, and not held back by a deployment."""
    draining: bool
    healthy: bool
    """Whether Envoy finds it healthy; False for one that is not published."""
    stale: bool
    """Whether its heartbeat is missing and its last good entry is used."""


@dataclass(frozen=True, slots=True)
class IdentityView:
    """A workload's certificate."""

    workload: str
    spiffe_id: str
    serial: str
    """Hexadecimal."""
    not_after: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """One content of a service that can be started."""

    service: str
    version: str
    sha256: str
    """Over all its files, hexadecimal; empty for the working tree the mesh was started from."""
    create_time: datetime | None
    """None for the working tree."""
    current: bool
    """Whether new replicas are started from it."""
