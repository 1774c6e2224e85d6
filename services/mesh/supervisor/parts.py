"""The parts of one mesh, put together: the supervisor's composition root."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.limits.adapters import policy_document
from services.mesh.deployment.book import Book
from services.mesh.endpoints import Directory
from services.mesh.identity import Rotation
from services.mesh.layout import Layout
from services.mesh.registry import Registry
from services.mesh.render.document import Edge
from services.mesh.settings import Mode
from services.mesh.supervisor.alarms import Alarms
from services.mesh.supervisor.changes import Background, Changes, Exclusive
from services.mesh.supervisor.desired import Desired, Wish
from services.mesh.supervisor.envoy import Envoy
from services.mesh.supervisor.errors import VersionUnusable
from services.mesh.supervisor.fleet import Fleet
from services.mesh.supervisor.postgres import Postgres
from services.mesh.supervisor.redis import Redis
from services.mesh.supervisor.replica import Surroundings
from services.mesh.supervisor.routing import Routing
from services.mesh.supervisor.stage import ServiceStage
from services.mesh.supervisor.unit import Unit
from services.mesh.supervisor.view import ReplicaState
from services.mesh.topology import EDGE, Backing
from services.mesh.versions.release import Release, working_tree
from services.mesh.versions.store import Versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.mesh.binaries import Binaries
    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Service, Topology


class Parts:
    """Everything that one mesh consists of. Nothing runs yet."""

    def __init__(self, shape: Topology, settings: MeshSettings, binaries: Binaries, say: Callable[[str], None]) -> None:
        self.shape = shape
        self.settings = settings
        self.say = say
        self.layout = Layout(settings.root)
        self.proven = False
        """Whether the first call through the edge went through."""
        self.changes = Changes()
        self.exclusive = Exclusive()
        self.background = Background()
        self.alarms = Alarms(self._heard)
        self.identities = Rotation(settings.root, shape.workloads, settings.certificate_seconds, say)
        self.directory = Directory(
            self.layout.envoy, (s.name for s in shape.routed), settings.zone_names[0], self.changes.ring
        )
        self.routing = Routing(self.layout.envoy, shape, _edge(settings))
        postgres = Postgres(self.layout, binaries.postgres)
        redis = Redis(self.layout, binaries.redis_server)
        self.backing = {
            Backing.POSTGRES: Unit(postgres, self.layout, self.unit_changed),
            Backing.REDIS: Unit(redis, self.layout, self.unit_changed),
        }
        self.envoy = Unit(Envoy(self.layout, settings, binaries.envoy), self.layout, self.unit_changed)
        self.registry = Registry(redis.url_file)
        self.surroundings = Surroundings(
            self.layout, settings, postgres.url_file, postgres.owner_url_file, redis.url_file,
            contracts=[contract for service in shape.services for contract in service.contracts],
            guarded=shape.guarded,
        )  # fmt: skip
        self.desired = Desired(self.layout.desired)
        self.versions = Versions(self.layout.versions)
        self.fleets = {service.name: self._fleet(service) for service in shape.services}
        self.stages = {
            name: ServiceStage(fleet, self.directory, self.routing, self.layout.envoy, self.changes, self.save)
            for name, fleet in self.fleets.items()
        }
        self.surroundings.withdraw = self.withdraw
        self.book = Book(self.changes, self.exclusive, self.background, say)

    def units_of(self, component: str) -> list[Unit]:
        """The processes of a component; raises KeyError."""
        if component in self.fleets:
            return self.fleets[component].units
        return [self.envoy if component == EDGE else self.backing[Backing(component)]]

    def release(self, service: str, version: str | None) -> Release:
        """What replicas of that version are started from; None: the working tree. Raises VersionUnusable."""
        current = working_tree()
        if version is None or version == current.version:
            return current
        return self.versions.checked(service, version).release()

    def save(self, fleet: Fleet) -> None:
        """Remember what is wanted of the service now."""
        version = fleet.release.version if fleet.release.artefact else None
        self.desired.save(fleet.service.name, Wish(fleet.wanted, version))

    async def withdraw(self, replica: str) -> None:
        """Take a replica out of Envoy, and wait until Envoy sends it nothing new."""
        for name, stage in self.stages.items():
            if replica in self.fleets[name]:
                await stage.withdraw(replica)

    def unit_changed(self, unit: Unit) -> None:
        """Tell everyone whom the state of a process concerns."""
        if unit.program.component in self.shape.names:
            self.directory.saw(process for fleet in self.fleets.values() for process in fleet.processes())
        if unit.state is ReplicaState.BACKING_OFF:
            self.say(f"{unit.program.name} ended; it starts again (see {unit.log})")
        elif unit.state is ReplicaState.READY and unit.restarts:
            self.say(f"{unit.program.name} is ready again")
        self.changes.ring()

    def _fleet(self, service: Service) -> Fleet:
        """As the operator wanted it last; a count that was given just now goes before."""
        wish = self.desired.wish(service.name)
        release = working_tree()
        if wish is not None:
            try:
                release = self.release(service.name, wish.version)
            except VersionUnusable as error:
                self.say(f"{error}; {service.name} starts from the working tree, {release.version}")
            if service.name not in self.shape.counted:
                service = replace(service, replicas=wish.replicas)
        return Fleet(service, release, self.surroundings, self.unit_changed)

    def _heard(self, text: str) -> None:
        self.say(text)
        self.changes.ring()


def _edge(settings: MeshSettings) -> Edge:
    return Edge(
        host=settings.edge_host,
        port=settings.edge_port,
        plaintext_port=settings.plaintext_port,
        inner_port=settings.inner_port,
        cors_origin=settings.cors_origin,
        issuer=settings.issuer_url,
        limits_file=settings.limits_path or policy_document.DEFAULT,
        production=settings.mode is Mode.PRODUCTION,
        zone=settings.zone_names[0],
        otlp_endpoint=settings.otlp_endpoint,
        trace_ratio=settings.trace_ratio,
    )
