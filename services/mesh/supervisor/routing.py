"""The routes of the running Envoy: which share of a service's calls goes to which of its clusters."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from services.mesh.render import files
from services.mesh.supervisor.envoy import admin

if TYPE_CHECKING:
    from pathlib import Path

    from services.mesh.render.document import Edge
    from services.mesh.topology import Topology
    from services.mesh.traffic import Split

_POLL_SECONDS = 0.02
_TAKE_UP_SECONDS = 5.0
_ATTEMPTS = "/stats?filter=%5Ehttp%5C..*%5C.rds%5C..*%5C.update_(success%7Crejected)$"


class Routing:
    """Writes the routes and sees to it that Envoy has taken them up."""

    def __init__(self, folder: Path, topology: Topology, edge: Edge) -> None:
        self._folder = folder
        self._topology = topology
        self.edge = edge
        """What everything is rendered with; it may change until `write_all`."""
        self._splits: dict[str, Split] = {}
        self._busy = asyncio.Lock()

    def write_all(self) -> None:
        """Write everything Envoy reads, endpoints excepted, for its start."""
        files.write(self._folder, self._topology, self.edge, self._splits)

    async def split(self, service: str, split: Split | None) -> None:
        """Divide the service's calls so from now on; Envoy does so when this returns."""
        async with self._busy:
            if self._splits.get(service) == split:
                return
            self._splits.pop(service, None)
            if split is not None:
                self._splits[service] = split
            before = await self._taken_up()
            files.write_routes(self._folder, self._topology, self.edge, self._splits)
            await self._until_taken_up(before)

    async def _until_taken_up(self, before: dict[str, int]) -> None:
        """An Envoy that does not answer reads the routes when it starts; one that is slow reads them later."""
        end = time.monotonic() + _TAKE_UP_SECONDS
        while time.monotonic() < end:
            now = await self._taken_up()
            if all(now.get(name, 0) > count for name, count in before.items()):
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _taken_up(self) -> dict[str, int]:
        """How often each listener's routes were read."""
        try:
            _, body = await admin(self._folder, "GET", _ATTEMPTS)
        except OSError:
            return {}
        counts: dict[str, int] = {}
        for line in body.splitlines():
            name, _, count = line.rpartition(": ")
            if count.isdigit():
                listener = name.rpartition(".")[0]
                counts[listener] = counts.get(listener, 0) + int(count)
        return counts
