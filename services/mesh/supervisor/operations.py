"""What the operator may ask of a running mesh, done on its parts."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING

from services.mesh.deployment.book import Order
from services.mesh.deployment.steps import exchange
from services.mesh.identity.rotation import UnknownWorkload
from services.mesh.supervisor import hosts, snapshot
from services.mesh.supervisor.errors import ComponentNotFound, VersionUnusable
from services.mesh.supervisor.view import IdentityView, TopologyView, VersionView
from services.mesh.topology import ADMIN
from services.mesh.versions.release import working_tree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from uuid import UUID

    from services.mesh.deployment.model import CanaryPlan, Deployment, Strategy
    from services.mesh.supervisor.fleet import Fleet
    from services.mesh.supervisor.parts import Parts
    from services.mesh.supervisor.stage import ServiceStage
    from services.mesh.supervisor.view import ComponentView, EndpointView
    from services.mesh.versions.release import Release


class Operations:
    """`services.mesh.supervisor.administration.Administration` on the parts of a mesh."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._beginning = asyncio.Lock()

    def topology(self) -> TopologyView:
        parts, settings = self._parts, self._parts.settings
        components = tuple(self._component(name) for name in parts.shape.components)
        return TopologyView(
            profile=parts.shape.profile,
            ready=parts.proven and all(component.ready for component in components),
            proven=parts.proven,
            supervisor_pid=os.getpid(),
            edge_address=f"localhost:{settings.edge_port}",
            plaintext_address=f"127.0.0.1:{settings.plaintext_port}",
            inner_address=f"127.0.0.1:{settings.inner_port}",
            components=components,
            alarms=parts.alarms.all(),
        )

    async def changed(self) -> None:
        await self._parts.changes.wait()

    async def endpoints(self, service: str | None = None) -> tuple[EndpointView, ...]:
        names = tuple(self._parts.fleets)
        if service is not None:
            names = (service,) if service == ADMIN.name else (self._fleet(service).service.name,)
        known = await self._hosts()
        return tuple(snapshot.endpoint(m, known) for name in names for m in self._parts.directory.members(name))

    async def scale(self, service: str, replicas: int) -> ComponentView:
        await self._parts.background.finish(self._scale(self._fleet(service), replicas), f"scale-{service}")
        return self._component(service)

    async def restart(self, component: str) -> ComponentView:
        if component not in self._parts.shape.components:
            raise ComponentNotFound(component, self._parts.shape.components)
        await self._parts.background.finish(self._restart(component), f"restart-{component}")
        return self._component(component)

    async def drain(self, replica: str, *, undrain: bool = False) -> EndpointView:
        stage = self._stage_of(replica)
        self._parts.directory.drain(replica, not undrain)
        if undrain:
            await stage.until_serving([replica])
        else:
            await stage.withdraw(replica)
        return await self._endpoint(replica)

    async def set_weight(self, replica: str, weight: int) -> EndpointView:
        self._stage_of(replica)
        self._parts.directory.weigh(replica, weight)
        return await self._endpoint(replica)

    async def rotate(self, workload: str | None = None, *, authority: bool = False) -> tuple[IdentityView, ...]:
        rotation = self._parts.identities.rotate(workload, authority=authority)
        try:
            issued = await self._parts.background.finish(rotation, "rotate")
        except UnknownWorkload as error:
            raise ComponentNotFound(workload or "", self._parts.shape.workloads) from error
        return tuple(IdentityView(*one) for one in issued)

    def versions(self, service: str) -> tuple[VersionView, ...]:
        now = self._fleet(service).release
        here = working_tree()
        copies = [
            VersionView(service, a.version, a.sha256, a.create_time, a.version == now.version)
            for a in self._parts.versions.all(service)
        ]
        return (*copies, VersionView(service, here.version, "", None, here.version == now.version))

    async def start_deployment(
        self,
        service: str,
        version: str,
        *,
        source: Path | None,
        strategy: Strategy,
        plan: CanaryPlan,
        keep_seconds: float,
        request_id: UUID,
    ) -> Deployment:
        fleet = self._fleet(service)
        order = Order(service, version, strategy, plan, keep_seconds)
        return await self._parts.background.finish(self._begin(fleet, order, source, request_id), f"begin-{service}")

    def deployments(self, service: str | None = None) -> tuple[Deployment, ...]:
        if service is not None:
            self._fleet(service)
        return self._parts.book.all(service)

    def watch_deployment(self, name: str) -> AsyncIterator[Deployment]:
        return self._parts.book.watch(name)

    async def abort_deployment(self, name: str) -> Deployment:
        return await self._parts.book.abort(name)

    async def _begin(self, fleet: Fleet, order: Order, source: Path | None, request_id: UUID) -> Deployment:
        """One at a time: a repetition that overtakes its first request must find what that one has begun."""
        service, book = order.service, self._parts.book
        async with self._beginning:
            if (known := book.repeated(request_id, order)) is not None:
                return known
            release = await asyncio.to_thread(self._release, fleet, order.version, source)
            if release == fleet.release:
                raise VersionUnusable(service, order.version, "it is in use already")
            return book.start(request_id, order, self._parts.stages[service], fleet.release, release)

    async def _scale(self, fleet: Fleet, replicas: int) -> None:
        service, stage = fleet.service.name, self._parts.stages[fleet.service.name]
        with self._parts.exclusive.changing(service):
            await self._parts.book.settle(service)
            missing = replicas - len(fleet.names)
            if missing > 0:
                await stage.start(fleet.release, [None] * missing)
            fleet.wanted = replicas
            self._parts.save(fleet)
            await stage.stop(fleet.surplus(replicas))

    async def _restart(self, component: str) -> None:
        parts = self._parts
        with parts.exclusive.changing(component):
            if component not in parts.fleets:
                for unit in parts.units_of(component):
                    await unit.restart()
                return
            await parts.book.settle(component)
            stage = parts.stages[component]
            await exchange(stage, stage.members(), parts.fleets[component].release, parts.say)

    def _release(self, fleet: Fleet, version: str, source: Path | None) -> Release:
        service = fleet.service
        if source is not None:
            if version == working_tree().version:
                raise VersionUnusable(service.name, version, "that is what the working tree is called")
            self._parts.versions.make(service.name, service.module, version, source)
        return self._parts.release(service.name, version)

    def _component(self, name: str) -> ComponentView:
        if name in self._parts.fleets:
            return snapshot.service(self._parts.fleets[name])
        return snapshot.component(name, self._parts.units_of(name))

    def _fleet(self, service: str) -> Fleet:
        if service not in self._parts.fleets:
            raise ComponentNotFound(service, tuple(self._parts.fleets))
        return self._parts.fleets[service]

    def _stage_of(self, replica: str) -> ServiceStage:
        for name, fleet in self._parts.fleets.items():
            if replica in fleet:
                return self._parts.stages[name]
        raise ComponentNotFound(replica, tuple(n for fleet in self._parts.fleets.values() for n in fleet.names))

    async def _endpoint(self, replica: str) -> EndpointView:
        known = await self._hosts()
        for name in self._parts.fleets:
            for member in self._parts.directory.members(name):
                if member.entry.replica == replica:
                    return snapshot.endpoint(member, known)
        raise ComponentNotFound(replica)

    async def _hosts(self) -> hosts.Hosts:
        """Nobody is healthy in an Envoy that does not answer."""
        with contextlib.suppress(OSError):
            return await hosts.hosts(self._parts.layout.envoy)
        return {}
