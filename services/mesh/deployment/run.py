"""One deployment: forward by its strategy, and back when that fails or is not wanted any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from services.mesh.deployment.canary import Rejected
from services.mesh.deployment.model import DeploymentState
from services.mesh.deployment.steps import undo
from services.mesh.supervisor.errors import StartFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.mesh.deployment.model import CanaryEvidence, Deployment
    from services.mesh.deployment.port import Stage
    from services.mesh.deployment.steps import Progress
    from services.mesh.versions.release import Release


class Strategy(Protocol):
    """How a release comes into use."""

    @property
    def keep_seconds(self) -> float:
        """How long `finish` waits, so that the way back is short."""

    async def forward(self, stage: Stage, release: Release, say: Progress) -> None:
        """Bring the release into use; raises StartFailed or Rejected."""

    async def finish(self, stage: Stage, release: Release) -> None:
        """Clear away what `forward` has left for the way back."""


class Run:
    """A deployment under way, and what is known of it. `changed` is called after each change of `deployment`."""

    def __init__(
        self, deployment: Deployment, stage: Stage, old: Release, new: Release, changed: Callable[[], None]
    ) -> None:
        self._deployment = deployment
        self._stage = stage
        self._old = old
        self._new = new
        self._changed = changed
        self._working: asyncio.Task[None] | None = None
        self._abort = False
        self.reserve: Strategy | None = None
        """Not None while the replicas before are kept: what will clear them away."""

    @property
    def deployment(self) -> Deployment:
        """How far it is."""
        if self._deployment.state.over and self.reserve is None:
            return self._deployment
        return self._counted()

    def over(self) -> bool:
        """Whether nothing is being done any more."""
        return self._deployment.state.over

    async def execute(self, strategy: Strategy) -> None:
        """Do it to its end, which is one of SUCCEEDED and ROLLED_BACK."""
        self._working = asyncio.create_task(self._forward(strategy))
        try:
            await self._working
        except asyncio.CancelledError:
            if not self._abort:
                self._working.cancel()
                await asyncio.gather(self._working, return_exceptions=True)
                raise
            await self.back("aborted")
        except (StartFailed, Rejected) as error:
            await self.back(str(error))
        except Exception as error:
            await self.back(f"something unexpected happened: {type(error).__name__}: {error}")
        else:
            self._end(DeploymentState.SUCCEEDED, f"{self._new.version} is in use")

    def abort(self) -> None:
        """Turn back as soon as the step that is being done allows it; one that goes back already goes on."""
        if self._deployment.state is DeploymentState.RUNNING and self._working is not None:
            self._abort = True
            self._working.cancel()

    async def back(self, reason: str) -> None:
        """Undo it, for that reason."""
        self.reserve = None
        self._set(state=DeploymentState.ROLLING_BACK, message=f"{reason}; going back to {self._old.version}")
        try:
            await undo(self._stage, self._old, lambda text: self._say(f"{reason}; going back: {text}"))
        except StartFailed as error:
            self._end(DeploymentState.ROLLED_BACK, f"{reason}; the version before does not start again: {error}")
        except Exception as error:
            self._end(DeploymentState.ROLLED_BACK, f"{reason}; going back met {type(error).__name__}: {error}")
        else:
            self._end(DeploymentState.ROLLED_BACK, reason)

    async def finish(self) -> None:
        """Give up the way back; it succeeded."""
        strategy, self.reserve = self.reserve, None
        if strategy is not None:
            await strategy.finish(self._stage, self._new)
            self._set(message=f"{self._new.version} is in use", end_time=self._deployment.end_time)

    def note(self, evidence: CanaryEvidence) -> None:
        """What is known of the canary now."""
        self._set(evidence=evidence)

    async def _forward(self, strategy: Strategy) -> None:
        await self._stage.migrate(self._new)
        await strategy.forward(self._stage, self._new, self._say)
        if strategy.keep_seconds > 0:
            self.reserve = strategy
        else:
            self._say("clearing away the version before")
            await strategy.finish(self._stage, self._new)

    def _say(self, text: str) -> None:
        self._set(message=text)

    def _end(self, state: DeploymentState, message: str) -> None:
        self._set(state=state, message=message, end_time=datetime.now(UTC))

    def _set(self, **changes: object) -> None:
        self._deployment = replace(self._counted(), **changes)  # type: ignore[arg-type]
        self._changed()

    def _counted(self) -> Deployment:
        return replace(
            self._deployment,
            new_replicas=self._serving(self._new),
            old_replicas=self._serving(self._old),
        )

    def _serving(self, release: Release) -> int:
        return sum(member.ready for member in self._stage.members() if member.release == release)
