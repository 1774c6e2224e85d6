"""One service of the running mesh as a deployment changes it: processes, endpoints, routes."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from services.mesh.deployment.port import Member
from services.mesh.figures.envoy import cluster_samples
from services.mesh.render.clusters import canary
from services.mesh.supervisor import hosts
from services.mesh.supervisor.errors import StartFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from services.mesh.endpoints import Directory
    from services.mesh.judge import Sample
    from services.mesh.supervisor.changes import Changes
    from services.mesh.supervisor.fleet import Fleet
    from services.mesh.supervisor.routing import Routing
    from services.mesh.traffic import Split
    from services.mesh.versions.release import Release

# From ready to found healthy by Envoy: a heartbeat, a look into the registry and a health check, on a busy machine.
_SERVING_SECONDS = 30.0
_GONE_SECONDS = 5.0


class ServiceStage:
    """`services.mesh.deployment.port.Stage` on real replicas. `save` is called when what is wanted has changed."""

    def __init__(
        self,
        fleet: Fleet,
        directory: Directory,
        routing: Routing,
        envoy: Path,
        changes: Changes,
        save: Callable[[Fleet], None],
    ) -> None:
        self._fleet = fleet
        self._directory = directory
        self._routing = routing
        self._envoy = envoy
        self._changes = changes
        self._save = save
        self._own = fleet.service.name
        self._aside = canary(fleet.service.name)

    @property
    def service(self) -> str:
        return self._own

    @property
    def wanted(self) -> int:
        return self._fleet.wanted

    def members(self) -> Sequence[Member]:
        return [self._member(name) for name in self._fleet.names]

    async def migrate(self, release: Release) -> None:
        await self._fleet.migrate(release)

    async def start(self, release: Release, zones: Sequence[str | None], *, aside: bool = False) -> Sequence[str]:
        names = [self._fleet.add(release, zone) for zone in zones]
        self._directory.place(dict.fromkeys(names, (self._aside if aside else self._own,)))
        try:
            async with asyncio.TaskGroup() as group:
                for name in names:
                    group.create_task(self._fleet.start(name))
            await self._until_serving(self._aside if aside else self._own, names)
        except BaseException as error:
            await self.stop(names)
            for name in names:
                self._directory.forget(name)
            if isinstance(error, BaseExceptionGroup) and (failed := error.subgroup(StartFailed)):
                raise _first(failed) from None
            raise
        return names

    async def join(self, names: Collection[str]) -> None:
        self._directory.place(dict.fromkeys(names, (self._own, self._aside)))
        await self._until_serving(self._own, names)

    async def leave_aside(self, names: Collection[str]) -> None:
        self._directory.place(dict.fromkeys(names, (self._own,)))

    async def hold_back(self, names: Collection[str]) -> None:
        self._directory.place(dict.fromkeys(names, ()))

    async def bring_back(self, names: Collection[str]) -> None:
        self._directory.place(dict.fromkeys(names, (self._own,)))
        await self._until_serving(self._own, names)

    async def stop(self, names: Collection[str]) -> None:
        stopping = asyncio.gather(*(self._stop(name) for name in names if name in self._fleet))
        try:
            await asyncio.shield(stopping)
        except asyncio.CancelledError:
            # Whoever turns back must not count on a replica that is half gone.
            await stopping
            raise

    async def split(self, split: Split | None) -> None:
        await self._routing.split(self._own, split)

    def adopt(self, release: Release) -> None:
        self._fleet.release = release
        self._save(self._fleet)

    async def steady(self, names: Collection[str], seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._all_steady(names):
                    await self._changes.wait()
        return self._all_steady(names)

    async def samples(self) -> tuple[Sample, Sample]:
        found = await cluster_samples(self._envoy, (self._aside, self._own))
        return found[self._aside], found[self._own]

    async def until_serving(self, names: Collection[str] | None = None) -> None:
        """Wait until Envoy finds replicas, all when none are named, healthy; raises StartFailed."""
        await self._until_serving(self._own, names or [member.name for member in self.members() if not member.aside])

    async def withdraw(self, name: str) -> None:
        """Take a replica out of its clusters, and wait until Envoy sends it nothing new."""
        self._directory.drain(name)
        address, clusters = self._fleet.address(name), (self._own, self._aside)
        await hosts.until(
            self._envoy, _GONE_SECONDS, lambda known: not any(address in known.get(cluster, ()) for cluster in clusters)
        )

    def _member(self, name: str) -> Member:
        program = self._fleet.program(name)
        aside = self._directory.places(name, self._own) == (self._aside,)
        return Member(name, program.release, program.zone, aside, self._fleet.unit(name).ready)

    async def _stop(self, name: str) -> None:
        await self._fleet.remove(name)
        self._directory.forget(name)

    def _all_steady(self, names: Collection[str]) -> bool:
        units = [self._fleet.unit(name) for name in names if name in self._fleet]
        return len(units) == len(names) and all(unit.ready and not unit.restarts for unit in units)

    async def _until_serving(self, cluster: str, names: Collection[str]) -> None:
        def holds(known: hosts.Hosts) -> bool:
            healthy = known.get(cluster, {})
            return all(name in self._fleet and healthy.get(self._fleet.address(name)) for name in names)

        if names and not await hosts.until(self._envoy, _SERVING_SECONDS, holds):
            raise StartFailed(f"Envoy does not find {', '.join(sorted(names))} healthy", self._own)


def _first(group: BaseExceptionGroup[StartFailed]) -> StartFailed:
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError("a group is never empty")
