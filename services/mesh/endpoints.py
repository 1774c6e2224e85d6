"""Keeps Envoy's endpoint files in step with the registry, the processes, the operator and the deployments."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from services.mesh.registry import Entry
from services.mesh.render import clusters, files
from services.mesh.render.clusters import Endpoint
from services.mesh.render.document import to_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

# A replica that was killed stays in the registry until its last heartbeat expires; its port may be used again later.
_BURIED_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Process:
    """What the supervisor itself knows of a replica that it started."""

    component: str
    replica: str
    host: str
    port: int
    pid: int | None
    """None while it does not run."""
    ready: bool
    """Whether it answered the supervisor's last probe."""
    version: str
    zone: str
    registers: bool = True
    """Whether it tells the registry that it is there; the supervisor itself does not."""


@dataclass(frozen=True, slots=True)
class Known:
    """A replica that calls may go to, from the registry or from memory."""

    entry: Entry
    stale: bool
    """Whether its heartbeat is missing, and its last good entry is used."""


@dataclass(frozen=True, slots=True)
class Member:
    """A replica as the endpoint files treat it."""

    entry: Entry
    stale: bool
    draining: bool
    clusters: tuple[str, ...]
    """Those it is published in."""

    @property
    def endpoint(self) -> Endpoint:
        """It as Envoy is told."""
        return Endpoint(self.entry.host, self.entry.port, self.entry.zone, self.entry.weight)


def resolve(
    component: str, entries: Sequence[Entry] | None, processes: Mapping[str, Process], last: Mapping[str, Entry]
) -> list[Known]:
    """Who of a component calls may go to.

    Args:
        component: its name.
        entries: its fresh entries; None when the registry does not answer.
        processes: what the supervisor started of it, by replica.
        last: the last good entry of each replica.

    An address whose process runs and answers is never dropped because the registry lost it. When the registry has
    nothing of the component at all, everything stays that is not known to have ended: an old address that still answers
    is better than none.
    """
    lost = not entries
    fresh = {entry.replica: entry for entry in entries or ()}
    found = []
    for replica in dict.fromkeys((*processes, *fresh, *last)):
        process, entry, before = processes.get(replica), fresh.get(replica), last.get(replica)
        if process is not None:
            entry = entry if entry and _same(entry, process) else None
            before = before if before and _same(before, process) else None
        if process is not None and not process.registers:
            found.append(Known(_entry(component, process), stale=False))
        elif entry is not None:
            found.append(Known(entry, stale=False))
        elif before is not None and (lost or (process is not None and process.ready)):
            found.append(Known(before, stale=True))
        elif entries is None and process is not None and process.ready and process.pid is not None:
            # It came while the registry was away, and could not say so.
            found.append(Known(_entry(component, process), stale=True))
    return found


def _same(entry: Entry, process: Process) -> bool:
    return (entry.pid, entry.host, entry.port) == (process.pid, process.host, process.port)


def _entry(component: str, process: Process) -> Entry:
    return Entry(
        component, process.replica, process.host, process.port, True, process.pid or 0, process.version, process.zone
    )


class Directory:
    """Every service's replicas and the clusters they are in; writes an endpoint file when, and only when, it changes.

    A replica is in its service's own cluster unless `place` says otherwise. `changed` is called after each change.
    """

    def __init__(self, folder: Path, services: Iterable[str], local_zone: str, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._local_zone = local_zone
        self._changed = changed
        self._services = tuple(services)
        self._written: dict[str, frozenset[Endpoint]] = {
            cluster: frozenset() for name in self._services for cluster in clusters.both(name)
        }
        self.own: Process | None = None
        """The supervisor's own server, once it serves."""
        self.unwritten = False
        """Whether Envoy could not be told of the last change, for a full disk say."""
        self._entries: tuple[Entry, ...] | None = ()
        self._processes: dict[str, Process] = {}
        self._last: dict[str, Entry] = {}
        self._buried: dict[tuple[str, int], float] = {}
        self._places: dict[str, tuple[str, ...]] = {}
        self._drained: set[str] = set()
        self._weights: dict[str, int] = {}
        self._members: dict[str, tuple[Member, ...]] = dict.fromkeys(self._services, ())

    def heard(self, entries: Iterable[Entry] | None) -> None:
        """What the registry has now; None when it does not answer."""
        now = time.monotonic()
        self._buried = {at: when for at, when in self._buried.items() if now - when < _BURIED_SECONDS}
        if entries is None:
            self._entries = None
        else:
            self._entries = tuple(entry for entry in entries if (entry.host, entry.port) not in self._buried)
            self._last = self._remembered(self._entries)
        self.refresh()

    def saw(self, processes: Iterable[Process]) -> None:
        """What the supervisor runs now. A process that ended is out at once, whatever the registry still says."""
        own = (self.own,) if self.own else ()
        self._processes = {process.replica: process for process in (*processes, *own)}
        self.refresh()

    def forget(self, replica: str) -> None:
        """The replica is gone for good, and with it what was said about it."""
        for entry in self._of_replica(replica):
            self._buried[entry.host, entry.port] = time.monotonic()
        self._last.pop(replica, None)
        self._places.pop(replica, None)
        self._weights.pop(replica, None)
        self._drained.discard(replica)
        self._processes.pop(replica, None)
        if self._entries is not None:
            self._entries = tuple(entry for entry in self._entries if entry.replica != replica)
        self.refresh()

    def place(self, placed: Mapping[str, Collection[str]]) -> None:
        """Put replicas into exactly these clusters of their services, all in one step; none holds one back."""
        self._places |= {replica: tuple(names) for replica, names in placed.items()}
        self.refresh()

    def drain(self, replica: str, on: bool = True) -> None:
        """Take the replica out of all clusters, or bring it back."""
        (self._drained.add if on else self._drained.discard)(replica)
        self.refresh()

    def weigh(self, replica: str, weight: int) -> None:
        """Override the replica's own weight."""
        self._weights[replica] = weight
        self.refresh()

    def places(self, replica: str, service: str) -> tuple[str, ...]:
        """The clusters the replica belongs in while it takes calls."""
        return self._places.get(replica, (service,))

    @property
    def lost(self) -> bool:
        """Whether the registry does not answer, or has lost replicas that live."""
        return self._entries is None or any(
            member.stale and member.entry.replica in self._processes and self._processes[member.entry.replica].ready
            for members in self._members.values()
            for member in members
        )

    def members(self, service: str) -> tuple[Member, ...]:
        """The service's replicas, by name."""
        return self._members[service]

    def published(self, cluster: str) -> frozenset[Endpoint]:
        """What Envoy was last told."""
        return self._written[cluster]

    def refresh(self) -> None:
        """Work everything out anew and write what changed."""
        before = self._members
        self.unwritten = False
        self._members = {service: self._resolve(service) for service in self._services}
        for service, members in self._members.items():
            for cluster in clusters.both(service):
                self._publish(cluster, {m.endpoint for m in members if cluster in m.clusters})
        if before != self._members:
            self._changed()

    def _remembered(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        """The last good entries; what we did not start and has left a registry that works is not among them."""
        known = {entry.component for entry in entries}
        kept = {
            name: entry for name, entry in self._last.items() if name in self._processes or entry.component not in known
        }
        return kept | {entry.replica: entry for entry in entries}

    def _resolve(self, service: str) -> tuple[Member, ...]:
        entries = None if self._entries is None else [e for e in self._entries if e.component == service]
        processes = {name: process for name, process in self._processes.items() if process.component == service}
        last = {name: entry for name, entry in self._last.items() if entry.component == service}
        known = resolve(service, entries, processes, last)
        return tuple(sorted((self._member(one) for one in known), key=lambda member: member.entry.replica))

    def _member(self, known: Known) -> Member:
        entry = known.entry
        entry = replace(entry, weight=self._weights.get(entry.replica, entry.weight))
        draining = not entry.ready or entry.replica in self._drained
        places = () if draining else self.places(entry.replica, entry.component)
        return Member(entry, known.stale, draining, places)

    def _of_replica(self, replica: str) -> list[Entry]:
        known = [member.entry for members in self._members.values() for member in members]
        return [entry for entry in (*known, *self._last.values()) if entry.replica == replica]

    def _publish(self, cluster: str, endpoints: Collection[Endpoint]) -> None:
        fresh = frozenset(endpoints)
        if fresh == self._written[cluster]:
            return
        document = to_yaml(clusters.endpoints(cluster, fresh, self._local_zone))
        try:
            files.replace(self._folder / clusters.endpoints_file(cluster), document.encode())
        except OSError:
            self.unwritten = True  # the next look into the registry tries again
        else:
            self._written[cluster] = fresh
