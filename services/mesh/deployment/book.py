"""All deployments of a mesh: begun, watched, aborted."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from services.mesh.deployment.blue_green import BlueGreen
from services.mesh.deployment.canary import Canary
from services.mesh.deployment.model import Deployment, DeploymentState, Strategy
from services.mesh.deployment.rolling import Rolling
from services.mesh.deployment.run import Run
from services.mesh.supervisor.errors import ChangeInProgress, DeploymentNotFound, RequestIdReused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from uuid import UUID

    from services.mesh.deployment import run
    from services.mesh.deployment.model import CanaryPlan
    from services.mesh.deployment.port import Stage
    from services.mesh.supervisor.changes import Background, Changes, Exclusive
    from services.mesh.versions.release import Release

_REMEMBERED = 100


class Order(NamedTuple):
    """What was asked for."""

    service: str
    version: str
    strategy: Strategy
    plan: CanaryPlan
    keep_seconds: float


class Book:
    """The deployments since the start of the mesh, at most the last hundred; one at a time for each service."""

    def __init__(
        self,
        changes: Changes,
        exclusive: Exclusive,
        background: Background,
        say: Callable[[str], None],
    ) -> None:
        self._changes = changes
        self._exclusive = exclusive
        self._background = background
        self._say = say
        self._runs: deque[tuple[UUID, Order, Run]] = deque(maxlen=_REMEMBERED)
        self._reserves: dict[str, tuple[Run, asyncio.Task[None]]] = {}

    def repeated(self, request_id: UUID, order: Order) -> Deployment | None:
        """What the request id has begun before, None when it is new; raises RequestIdReused."""
        for known, ordered, running in self._runs:
            if known == request_id:
                if ordered != order:
                    raise RequestIdReused
                return running.deployment
        return None

    def start(self, request_id: UUID, order: Order, stage: Stage, old: Release, new: Release) -> Deployment:
        """Begin a deployment; raises ChangeInProgress."""
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._exclusive.changing(order.service))
            running = Run(self._fresh(order, old), stage, old, new, self._changes.ring)
            self._runs.append((request_id, order, running))
            self._background.start(self._execute(order, running, stack.pop_all()), f"deploy-{order.service}")
        return running.deployment

    def all(self, service: str | None = None) -> tuple[Deployment, ...]:
        """The newest first."""
        found = [running.deployment for _, _, running in reversed(self._runs)]
        return tuple(deployment for deployment in found if service in (None, deployment.service))

    async def watch(self, name: str) -> AsyncIterator[Deployment]:
        """The deployment now and at every change until it is over; raises DeploymentNotFound."""
        running, last = self._find(name), None
        while last is None or not last.state.over:
            if (deployment := running.deployment) != last:
                last = deployment
                yield deployment  # meanwhile more may have changed, so look again before waiting
            else:
                await self._changes.wait()

    async def abort(self, name: str) -> Deployment:
        """End a deployment, or bring back what a blue-green switch has kept; raises DeploymentNotFound."""
        running = self._find(name)
        service = running.deployment.service
        if running.over():
            if service in self._reserves and self._reserves[service][0] is running:
                await self._background.finish(self._bring_back(service), f"abort-{name}")
            return running.deployment
        running.abort()
        while not running.over():
            await self._changes.wait()
        return running.deployment

    async def settle(self, service: str) -> None:
        """Give up what an earlier switch has kept, before another change of the service."""
        if reserve := self._reserves.pop(service, None):
            running, timer = reserve
            timer.cancel()
            await running.finish()

    async def _execute(self, order: Order, running: Run, held: contextlib.ExitStack) -> None:
        with held:
            self._say(f"{order.service}: {order.strategy} to {order.version} begins")
            await self.settle(order.service)
            await running.execute(_strategy(order, running))
            self._say(f"{order.service}: {running.deployment.message}")
            if running.reserve is not None:
                timer = self._background.start(self._give_up(order), f"reserve-{order.service}")
                self._reserves[order.service] = running, timer

    async def _give_up(self, order: Order) -> None:
        await asyncio.sleep(order.keep_seconds)
        # Another change, if one is under way, settles it.
        with contextlib.suppress(ChangeInProgress), self._exclusive.changing(order.service):
            running, _ = self._reserves.pop(order.service)
            await running.finish()

    async def _bring_back(self, service: str) -> None:
        with self._exclusive.changing(service):
            running, timer = self._reserves.pop(service)
            timer.cancel()
            await running.back("aborted")

    def _fresh(self, order: Order, old: Release) -> Deployment:
        number = 1 + sum(1 for _, ordered, _ in self._runs if ordered.service == order.service)
        now = datetime.now(UTC)
        return Deployment(
            name=f"deployments/{order.service}-{now:%Y%m%d-%H%M%S}-{number}",
            service=order.service,
            from_version=old.version,
            to_version=order.version,
            strategy=order.strategy,
            state=DeploymentState.RUNNING,
            message="begun",
            create_time=now,
        )

    def _find(self, name: str) -> Run:
        for _, _, running in self._runs:
            if running.deployment.name == name:
                return running
        raise DeploymentNotFound(name)


def _strategy(order: Order, running: Run) -> run.Strategy:
    match order.strategy:
        case Strategy.ROLLING:
            return Rolling()
        case Strategy.BLUE_GREEN:
            return BlueGreen(order.keep_seconds)
        case Strategy.CANARY:
            return Canary(order.plan, running.note)
