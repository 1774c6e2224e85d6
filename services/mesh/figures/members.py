"""Who is in a running mesh, for those that take figures of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from services.mesh.figures.processes import Root
from services.mesh.figures.scrape import Source
from services.mesh.topology import ADMIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.mesh.supervisor.parts import Parts


class Members:
    """The processes of the supervisor's parts, as they are at each question."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def sources(self) -> Iterator[Source]:
        """The replicas that tell figures, draining ones included."""
        for service in self._parts.shape.services:
            for member in self._parts.directory.members(service.name):
                entry = member.entry
                if entry.metrics_address:
                    yield Source(entry.component, entry.replica, entry.pid, entry.metrics_address)

    def roots(self) -> Iterator[Root]:
        """All processes that run, in starting order, the supervisor's own last."""
        for component in self._parts.shape.components:
            for unit in self._parts.units_of(component):
                if unit.pid:
                    yield Root(component, unit.program.name, unit.pid)
        yield Root(ADMIN.name, ADMIN.name, os.getpid())
