"""A mesh in memory with the supervisor's own interface, served by the real admin server to the real verbs."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from click.testing import CliRunner, Result
from malha.cli import command

from services.mesh.deployment.model import CanaryEvidence, CanaryPlan, Deployment, DeploymentState, Strategy
from services.mesh.figures.watch import Reading
from services.mesh.identity import Rotation
from services.mesh.layout import Layout
from services.mesh.rpc import server
from services.mesh.settings import MeshSettings
from services.mesh.supervisor import lock
from services.mesh.supervisor.changes import Changes
from services.mesh.supervisor.errors import (
    ChangeInProgress,
    ComponentNotFound,
    DeploymentNotFound,
    RequestIdReused,
    VersionUnusable,
)
from services.mesh.supervisor.view import (
    AlarmKind,
    AlarmView,
    ComponentView,
    EndpointView,
    IdentityView,
    ReplicaState,
    ReplicaView,
    TopologyView,
    VersionView,
)
from services.mesh.topology import PROFILES
from services.mesh.traces.span import Kind, Span
from services.mesh.traces.store import TraceStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path
    from uuid import UUID

THEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
EVIDENCE = CanaryEvidence(
    canary_calls=240, canary_failures=12, canary_p50=0.0021, canary_p95=0.0095,
    baseline_calls=960, baseline_failures=0, baseline_p50=0.002, baseline_p95=0.008,
    failure_e_value=812.5, latency_e_value=1.25,
)  # fmt: skip


class MemoryMesh:
    """`Administration` over values: one service `echo` with replicas that are always ready."""

    def __init__(self) -> None:
        self.replicas: dict[str, EndpointView] = {}
        self.known = {"0.1.0": VersionView("echo", "0.1.0", "", None, current=True)}
        self.alarms: tuple[AlarmView, ...] = ()
        self.busy = False
        self.outcome = DeploymentState.SUCCEEDED
        self.endless = False
        """Whether a deployment never gets anywhere."""
        self.asked: dict[str, Any] = {}
        """What the last StartDeployment said."""
        self.changes = Changes()
        self._deployments: dict[str, Deployment] = {}
        self._requests: dict[UUID, tuple[Any, str]] = {}
        self._grow(2)

    def topology(self) -> TopologyView:
        return TopologyView(
            profile="echo", ready=True, proven=True, supervisor_pid=4711, edge_address="localhost:8443",
            plaintext_address="127.0.0.1:8080", inner_address="127.0.0.1:8444", components=(self._echo(),),
            alarms=self.alarms,
        )  # fmt: skip

    async def changed(self) -> None:
        await self.changes.wait()

    async def endpoints(self, service: str | None = None) -> tuple[EndpointView, ...]:
        self._check(service or "echo")
        return tuple(self.replicas.values())

    async def scale(self, service: str, replicas: int) -> ComponentView:
        self._check(service)
        if self.busy:
            raise ChangeInProgress(service)
        self._grow(replicas)
        return self._echo()

    async def restart(self, component: str) -> ComponentView:
        self._check(component)
        return self._echo()

    async def drain(self, replica: str, *, undrain: bool = False) -> EndpointView:
        return self._change(replica, draining=not undrain, published=undrain, healthy=undrain)

    async def set_weight(self, replica: str, weight: int) -> EndpointView:
        return self._change(replica, weight=weight)

    async def rotate(self, workload: str | None = None, *, authority: bool = False) -> tuple[IdentityView, ...]:
        names = (workload,) if workload else ("echo", "envoy")
        return tuple(IdentityView(name, f"spiffe://malha.local/{name}", "abc123", THEN) for name in names)

    def versions(self, service: str) -> tuple[VersionView, ...]:
        self._check(service)
        return tuple(self.known.values())

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
        self._check(service)
        self.asked = {"source": source, "strategy": strategy, "plan": plan, "keep": keep_seconds, "id": request_id}
        if source is None and version not in self.known:
            raise VersionUnusable(service, version, "it is not known and no source was given")
        wish = (service, version, source, strategy, plan, keep_seconds)
        earlier, name = self._requests.setdefault(request_id, (wish, f"deployments/d-{len(self._deployments) + 1}"))
        if earlier != wish:
            raise RequestIdReused
        self._deployments.setdefault(
            name, Deployment(name, service, "0.1.0", version, strategy, DeploymentState.RUNNING, "starting", THEN)
        )
        return self._deployments[name]

    def deployments(self, service: str | None = None) -> tuple[Deployment, ...]:
        self._check(service or "echo")
        return tuple(reversed(self._deployments.values()))

    async def watch_deployment(self, name: str) -> AsyncIterator[Deployment]:
        deployment = self._deployment(name)
        evidence = EVIDENCE if deployment.strategy is Strategy.CANARY else None
        yield deployment
        while self.endless:
            await self.changes.wait()
        yield replace(deployment, message="half of it", new_replicas=1, old_replicas=1, evidence=evidence)
        message = "all replicas are new" if self.outcome is DeploymentState.SUCCEEDED else "the canary fails more often"
        over = replace(deployment, state=self.outcome, message=message, end_time=THEN, evidence=evidence)
        self._deployments[name] = over
        yield over

    async def abort_deployment(self, name: str) -> Deployment:
        aborted = replace(self._deployment(name), state=DeploymentState.ROLLED_BACK, message="aborted", end_time=THEN)
        self._deployments[name] = aborted
        return aborted

    def _deployment(self, name: str) -> Deployment:
        if name not in self._deployments:
            raise DeploymentNotFound(name)
        return self._deployments[name]

    def _check(self, component: str) -> None:
        if component != "echo":
            raise ComponentNotFound(component, ("echo",))

    def _change(self, replica: str, **what: Any) -> EndpointView:
        if replica not in self.replicas:
            raise ComponentNotFound(replica, tuple(self.replicas))
        self.replicas[replica] = replace(self.replicas[replica], **what)
        self.changes.ring()
        return self.replicas[replica]

    def _grow(self, count: int) -> None:
        self.replicas = {
            f"echo-{number}": EndpointView(
                "echo", f"echo-{number}", f"127.0.0.1:{9000 + number}", "0.1.0", "local", 1,
                published=True, draining=False, healthy=True, stale=False,
            )
            for number in range(count)
        }  # fmt: skip
        self.changes.ring()

    def _echo(self) -> ComponentView:
        replicas = tuple(
            ReplicaView(
                name, 100 + number, endpoint.address, ready=True, state=ReplicaState.READY, restarts=number,
                version="0.1.0", zone="local",
            )
            for number, (name, endpoint) in enumerate(self.replicas.items())
        )  # fmt: skip
        return ComponentView("echo", ready=True, version="0.1.0", wanted_replicas=len(replicas), replicas=replicas)


TRACE = "0af7651916cd43dd8448eb211c80319c"


def some_traces() -> TraceStore:
    """A store with 25 traces of one span each; TRACE is the oldest."""
    store = TraceStore()
    name = "malha.testing.v1.EchoService/Echo"
    for number in range(25):
        trace, began = f"{10 + number:02x}{TRACE[2:]}", (1 + number) * 1_000_000_000
        store.add([Span(trace, "b7ad6b7169203331", "", "edge", "", name, Kind.SERVER, began, began + 1, failed=False)])
    return store


class MemoryFigures:
    """Nothing was called."""

    async def watch(self, period: float) -> AsyncIterator[Reading]:
        while True:
            yield Reading(THEN, period, (), ())
            await asyncio.sleep(period)


def lost_registry() -> AlarmView:
    """The alarm of a mesh whose Redis is gone."""
    return AlarmView(AlarmKind.REGISTRY_LOST, "Redis does not answer", THEN)


@contextmanager
def _logging_to_file(layout: Layout, settings: MeshSettings) -> Iterator[None]:
    """As in a supervisor, and afterwards as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    server.log_to_file(layout, settings)
    (own,) = root.handlers
    try:
        yield
    finally:
        own.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


@asynccontextmanager
async def served(mesh: MemoryMesh, state: Path) -> AsyncIterator[Layout]:
    """The mesh behind its real admin server, with certificates from a real authority."""
    settings = MeshSettings(state_dir=state)
    layout = Layout(state)
    layout.create()
    Rotation(state, PROFILES["echo"].workloads, 3600.0).ensure()
    with lock.held(layout.lock), _logging_to_file(layout, settings):
        async with server.serving(mesh, some_traces(), MemoryFigures(), layout, settings):
            yield layout


@contextmanager
def served_in_background(mesh: MemoryMesh, state: Path) -> Iterator[Layout]:
    """The same, in a thread of its own, for verbs that block."""
    ready, ended = threading.Event(), threading.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with served(mesh, state):
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert ready.wait(20)
        yield Layout(state)
    finally:
        ended.set()
        thread.join(20)
        loop.close()


def run(*arguments: str) -> Result:
    """`malha` with these arguments, in this process."""
    return CliRunner().invoke(command, arguments)
