"""The supervisor of one mesh: what it starts, in which order, and what it does meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import TYPE_CHECKING

from redis import RedisError

from services.mesh import pki
from services.mesh.endpoints import Process
from services.mesh.flags_view import switches
from services.mesh.layout import write_private
from services.mesh.supervisor import pidfile, ports
from services.mesh.supervisor.logfile import rotate
from services.mesh.supervisor.operations import Operations
from services.mesh.supervisor.parts import Parts
from services.mesh.supervisor.view import AlarmKind
from services.mesh.topology import ADMIN
from services.runtime.flags import FlagsInvalid
from services.runtime.flags.file import FlagsFile
from services.runtime.identity.files import IdentityFolder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from services.mesh.binaries import Binaries
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Service, Topology

_REGISTRY_SECONDS = 0.25
# One answer that comes late is no loss.
_REGISTRY_FAILURES = 2
_HOUSEKEEPING_SECONDS = 5.0
_AGAIN_SECONDS = 1.0


class Mesh:
    """All parts of one topology. `say` gets a line for a person at each step.

    `open`, then `start` while the admin service is served already, then `stop`, which is right after either.
    """

    def __init__(self, shape: Topology, settings: MeshSettings, binaries: Binaries, say: Callable[[str], None]) -> None:
        self.parts = Parts(shape, settings, binaries, say)
        self.operations = Operations(self.parts)
        """What the operator may ask."""
        self._tasks: list[asyncio.Task[None]] = []
        self._unheard = 0

    async def open(self) -> None:
        """Clear away what a killed supervisor left, and give every workload its identity; raises PortTaken."""
        parts, settings = self.parts, self.parts.settings
        if left := await asyncio.to_thread(pidfile.stop_leftovers, parts.layout.run):
            parts.say(f"stopped what an earlier run left behind: {', '.join(left)}")
        ports.require_free(settings.edge_host, settings.edge_port, "MALHA_EDGE_PORT")
        ports.require_free("127.0.0.1", settings.plaintext_port, "MALHA_PLAINTEXT_PORT")
        ports.require_free("127.0.0.1", settings.inner_port, "MALHA_INNER_PORT")
        pki.ensure(parts.layout.pki)
        parts.versions.tidy()
        await asyncio.to_thread(parts.identities.ensure)
        self._go_on(parts.identities.run, "identities")

    async def start(self, admin_address: str) -> None:
        """Start everything, each part when those before it are ready, the services side by side; raises StartFailed."""
        parts = self.parts
        parts.routing.write_all()
        parts.directory.own = _itself(admin_address)
        collector = parts.settings.otlp_endpoint
        parts.surroundings.otlp_endpoint = (
            f"http://{collector.removeprefix('http://')}" if collector else f"mesh://{admin_address}"
        )
        self._write_edge_file()
        await self._timed("postgres and redis", (unit.start() for unit in parts.backing.values()))
        self._go_on(self._follow_registry, "registry")
        self._go_on(self._keep_house, "housekeeping")
        await self._side_by_side(self._start_service(service) for service in parts.shape.services)
        await self._timed("edge", [parts.envoy.start()])
        for stage in parts.stages.values():
            await stage.until_serving()

    async def stop(self) -> None:
        """Stop everything in reverse order."""
        parts = self.parts
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await parts.background.cancel()
        await parts.registry.close()
        await parts.envoy.stop()
        for service in reversed(parts.shape.services):
            await parts.fleets[service.name].stop_all()
        await asyncio.gather(*(unit.stop() for unit in parts.backing.values()))
        parts.layout.edge_file.unlink(missing_ok=True)

    def prove(self) -> None:
        """The first call through the edge went through."""
        self.parts.proven = True
        self.parts.changes.ring()

    async def _start_service(self, service: Service) -> None:
        parts, fleet = self.parts, self.parts.fleets[service.name]
        began = time.monotonic()
        if await fleet.migrate(fleet.release):
            parts.say(f"{service.name} migrated after {time.monotonic() - began:.1f} s")
        await fleet.bootstrap()
        count = f"{fleet.wanted} replica{'s' if fleet.wanted > 1 else ''}"
        await self._timed(f"{service.name} ({count})", [fleet.start_all()])

    async def _timed(self, title: str, starts: Iterable[Awaitable[None]]) -> None:
        began = time.monotonic()
        await self._side_by_side(starts)
        self.parts.say(f"{title} ready after {time.monotonic() - began:.1f} s")

    async def _side_by_side(self, starts: Iterable[Awaitable[None]]) -> None:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(_awaited(start))

    def _go_on(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        self._tasks.append(asyncio.create_task(self._persist(work, name), name=name))

    async def _persist(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Do the work again and again: nothing that it meets may end it for good."""
        while True:
            try:
                await work()
            except Exception as error:
                self.parts.say(f"{name} met {type(error).__name__}: {error}; going on")
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow_registry(self) -> None:
        directory, alarms = self.parts.directory, self.parts.alarms
        try:
            directory.heard(await self.parts.registry.read())
            self._unheard = 0
        except (RedisError, OSError, TimeoutError):
            self._unheard += 1
            if self._unheard >= _REGISTRY_FAILURES:
                directory.heard(None)
        alarms.set(AlarmKind.REGISTRY_LOST, directory.lost)
        alarms.set(AlarmKind.STATE_UNWRITABLE, directory.unwritten)
        await asyncio.sleep(_REGISTRY_SECONDS)

    async def _keep_house(self) -> None:
        await asyncio.sleep(_HOUSEKEEPING_SECONDS)
        for path in self.parts.layout.logs.glob("*.log"):
            await asyncio.to_thread(rotate, path, self.parts.settings.log_bytes)
        stale = await asyncio.to_thread(self._identities_stale)
        self.parts.alarms.set(AlarmKind.IDENTITIES_STALE, stale)
        unusable = await asyncio.to_thread(self._flags_unusable)
        self.parts.alarms.set(AlarmKind.FLAGS_UNUSABLE, unusable)

    def _identities_stale(self) -> bool:
        """Whether a certificate has less than half of what is left of it when it should have been renewed."""
        parts = self.parts
        least = parts.settings.certificate_seconds / 6
        return any(
            IdentityFolder(parts.layout.identity / name).last.expires_at - time.time() < least
            for name in parts.shape.workloads
        )

    def _flags_unusable(self) -> bool:
        try:
            FlagsFile(self.parts.settings.flags_path).load(switches(self.parts.shape.services))
        except FlagsInvalid:
            return True
        return False

    def _write_edge_file(self) -> None:
        parts = self.parts
        content = {
            "address": f"localhost:{parts.settings.edge_port}",
            "plaintext_address": f"127.0.0.1:{parts.settings.plaintext_port}",
            "ca_file": str(parts.layout.pki / "ca.pem"),
        }
        write_private(parts.layout.edge_file, json.dumps(content, indent=2) + "\n")


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _itself(address: str) -> Process:
    """The supervisor's own server, which Envoy routes to as to any other."""
    host, _, port = address.rpartition(":")
    return Process(ADMIN.name, ADMIN.name, host, int(port), os.getpid(), True, "", "local", registers=False)
