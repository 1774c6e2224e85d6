"""Keeps Envoy's endpoint files in step with the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.mesh.render import clusters, files
from services.mesh.render.document import to_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from services.mesh.registry import Entry

Address = tuple[str, int]


class EndpointFiles:
    """Writes one file for each component, only when its endpoints change, each time as a whole."""

    def __init__(self, folder: Path, components: Iterable[str]) -> None:
        self._folder = folder
        self._written: dict[str, frozenset[Address]] = {name: frozenset() for name in components}

    def update(self, entries: Iterable[Entry], dead: Collection[Address]) -> None:
        """Publish the ready replicas among `entries`, without those known to be dead.

        A component of which the registry knows nothing at all keeps its last good endpoints: an emptied Redis fills
        again within a heartbeat, and an old address that still answers is better than none.
        """
        known: dict[str, set[Address]] = {}
        for entry in entries:
            ready = known.setdefault(entry.component, set())
            if entry.ready:
                ready.add((entry.host, entry.port))
        for component in self._written:
            if component in known:
                self._publish(component, known[component] - set(dead))

    def bury(self, address: Address) -> None:
        """Take out an address whose process has just ended, without waiting for its heartbeat to expire."""
        for component, addresses in self._written.items():
            if address in addresses and len(addresses) > 1:
                self._publish(component, addresses - {address})

    def published(self, component: str) -> frozenset[Address]:
        """What Envoy was last told."""
        return self._written[component]

    def _publish(self, component: str, addresses: Collection[Address]) -> None:
        fresh = frozenset(addresses)
        if fresh == self._written[component]:
            return
        path = self._folder / clusters.endpoints_file(component)
        files.replace(path, to_yaml(clusters.endpoints(component, sorted(fresh))).encode())
        self._written[component] = fresh
