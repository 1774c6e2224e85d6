"""The supervisor of one mesh: what it starts, in which order, and what it does meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from redis import RedisError

from services.mesh import pki
from services.mesh.endpoints import EndpointFiles
from services.mesh.layout import Layout, write_private
from services.mesh.registry import Registry
from services.mesh.render import files
from services.mesh.render.document import Edge
from services.mesh.supervisor import control, pidfile, ports
from services.mesh.supervisor.envoy import Envoy
from services.mesh.supervisor.errors import StartFailed
from services.mesh.supervisor.logfile import rotate
from services.mesh.supervisor.postgres import Postgres
from services.mesh.supervisor.redis import Redis
from services.mesh.supervisor.replica import Replica
from services.mesh.supervisor.unit import State, Unit
from services.mesh.topology import EDGE, UnknownComponent

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.mesh.binaries import Binaries
    from services.mesh.endpoints import Address
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Service, Topology

_REGISTRY_SECONDS = 0.25
_HOUSEKEEPING_SECONDS = 5.0
_SERVING_SECONDS = 30.0


class Mesh:
    """All units of one topology. `say` gets a line for a person at each step."""

    def __init__(
        self, topology: Topology, settings: MeshSettings, binaries: Binaries, say: Callable[[str], None]
    ) -> None:
        self.topology = topology
        self.settings = settings
        self.layout = Layout(settings.root)
        self._say = say
        self._units: list[Unit] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._dead: dict[Address, float] = {}
        self._postgres = Postgres(self.layout, binaries.postgres)
        self._redis = Redis(self.layout, binaries.redis_server)
        self._envoy = Envoy(self.layout, settings, binaries.envoy)
        self._registry = Registry(self._redis.url_file)
        self._endpoints = EndpointFiles(self.layout.envoy, (s.name for s in topology.services))
        self._busy = asyncio.Lock()
        self.proven = False
        """Whether the smoke call went through; set by `up`."""

    async def start(self) -> None:
        """Start everything, each part when those before it are ready; raises StartFailed or PortTaken."""
        left = await asyncio.to_thread(pidfile.stop_leftovers, self.layout.run)
        if left:
            self._say(f"stopped what an earlier run left behind: {', '.join(left)}")
        settings = self.settings
        ports.require_free(settings.edge_host, settings.edge_port, "MALHA_EDGE_PORT")
        ports.require_free("127.0.0.1", settings.plaintext_port, "MALHA_PLAINTEXT_PORT")
        pki.ensure(self.layout.pki)
        files.write(self.layout.envoy, self.topology, _edge(settings))
        self._write_edge_file()
        await self._start_all("postgres and redis", [self._unit(self._postgres), self._unit(self._redis)])
        self._tasks.append(asyncio.create_task(self._follow_registry(), name="registry"))
        self._tasks.append(asyncio.create_task(self._keep_house(), name="housekeeping"))
        for service in self.topology.services:
            await self._start_service(service)
        await self._start_all("edge", [self._unit(self._envoy)])
        await self._wait_for_endpoints()

    async def stop(self) -> None:
        """Stop everything in reverse order."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._registry.close()
        for component in reversed(self.topology.components):
            await asyncio.gather(*(unit.stop() for unit in self._of(component)))
        self.layout.edge_file.unlink(missing_ok=True)

    async def answer(self, question: control.Message) -> control.Message:
        """Serve one question of the control socket."""
        match question:
            case {"verb": "status"}:
                return self.status()
            case {"verb": "restart", "component": str(component)}:
                return await self._restart(component)
        return {"error": "unknown question"}

    def status(self) -> dict[str, Any]:
        """What `malha status --json` prints."""
        components = [self._component_status(name) for name in self.topology.components]
        return {
            "ready": self.proven and all(component["ready"] for component in components),
            "proven": self.proven,
            "supervisor": os.getpid(),
            "profile": self.topology.profile,
            "edge": f"localhost:{self.settings.edge_port}",
            "plaintext": f"127.0.0.1:{self.settings.plaintext_port}",
            "components": components,
        }

    def _component_status(self, name: str) -> dict[str, Any]:
        replicas = [
            {
                "name": unit.program.name, "pid": unit.pid, "address": unit.address, "ready": unit.ready,
                "state": unit.state.value, "restarts": unit.restarts,
            }
            for unit in self._of(name)
        ]  # fmt: skip
        return {"name": name, "ready": bool(replicas) and all(r["ready"] for r in replicas), "replicas": replicas}

    def _unit(self, program: Postgres | Redis | Replica | Envoy) -> Unit:
        unit = Unit(program, self.layout, self._changed)
        self._units.append(unit)
        return unit

    def _of(self, component: str) -> list[Unit]:
        return [unit for unit in self._units if unit.program.component == component]

    async def _start_all(self, title: str, units: list[Unit]) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for unit in units:
                group.create_task(unit.start())
        self._say(f"{title} ready after {time.monotonic() - began:.1f} s")

    async def _start_service(self, service: Service) -> None:
        replicas = [
            Replica(service, i, self.layout, self.settings, self._postgres.url_file, self._redis.url_file)
            for i in range(service.replicas)
        ]
        if service.migrates:
            began = time.monotonic()
            await replicas[0].migrate()
            self._say(f"{service.name} migrated after {time.monotonic() - began:.1f} s")
        title = f"{service.name} ({service.replicas} replica{'s' if service.replicas > 1 else ''})"
        await self._start_all(title, [self._unit(replica) for replica in replicas])

    def _changed(self, unit: Unit) -> None:
        if unit.state is State.BACKING_OFF:
            self._say(f"{unit.program.name} ended; it starts again (see {unit.log})")
            host, _, port = unit.address.rpartition(":")
            if port.isdigit() and unit.program.component not in (EDGE, "postgres", "redis"):
                self._dead[host, int(port)] = time.monotonic()
                self._endpoints.bury((host, int(port)))
        elif unit.state is State.READY and unit.restarts:
            self._say(f"{unit.program.name} is ready again")

    async def _follow_registry(self) -> None:
        while True:
            # Without Redis the endpoints stay as they are.
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                self._endpoints.update(await self._registry.read(), self._dead)
            await asyncio.sleep(_REGISTRY_SECONDS)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            for path in self.layout.logs.glob("*.log"):
                await asyncio.to_thread(rotate, path, self.settings.log_bytes)
            # A port may be used again once the dead replica's last heartbeat has expired.
            self._dead = {a: at for a, at in self._dead.items() if time.monotonic() - at < 10}

    async def _wait_for_endpoints(self) -> None:
        """Ready means: callable through the edge, so every replica has to be in the registry."""
        end = time.monotonic() + _SERVING_SECONDS
        for service in self.topology.services:
            while len(self._endpoints.published(service.name)) < service.replicas:
                if time.monotonic() > end:
                    raise StartFailed(f"{service.name} is not complete in the registry: see {self.layout.logs}")
                await asyncio.sleep(0.02)

    async def _restart(self, component: str) -> control.Message:
        """One replica after the other, so that the component goes on serving where it has several."""
        units = self._of(component)
        if not units:
            return {"error": str(UnknownComponent(component, self.topology.components))}
        async with self._busy:
            try:
                for unit in units:
                    await unit.restart()
                    await self._settled(unit)
            except StartFailed as error:
                return {"error": str(error)}
        return {"restarted": [unit.program.name for unit in units]}

    async def _settled(self, unit: Unit) -> None:
        """Wait until Envoy knows a restarted replica, before the next one goes."""
        name = unit.program.component
        host, _, port = unit.address.rpartition(":")
        if name not in {service.name for service in self.topology.services}:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5):
                while (host, int(port)) not in self._endpoints.published(name):  # noqa: ASYNC110 - a file's state
                    await asyncio.sleep(0.05)
        # One health check interval: Envoy sends calls only to what it has found healthy.
        await asyncio.sleep(1.0)

    def _write_edge_file(self) -> None:
        content = {
            "address": f"localhost:{self.settings.edge_port}",
            "plaintext_address": f"127.0.0.1:{self.settings.plaintext_port}",
            "ca_file": str(self.layout.pki / "ca.pem"),
        }
        write_private(self.layout.edge_file, json.dumps(content, indent=2) + "\n")


def _edge(settings: MeshSettings) -> Edge:
    return Edge(
        host=settings.edge_host,
        port=settings.edge_port,
        plaintext_port=settings.plaintext_port,
        cors_origin=settings.cors_origin,
        otlp_endpoint=settings.otlp_endpoint,
    )
