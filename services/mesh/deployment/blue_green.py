"""Blue-green: all new replicas beside the old, then all calls at once to the new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.mesh.traffic import Split

if TYPE_CHECKING:
    from services.mesh.deployment.port import Stage
    from services.mesh.deployment.steps import Progress
    from services.mesh.versions.release import Release


@dataclass(frozen=True, slots=True)
class BlueGreen:
    """The new replicas stand aside until all of them serve; the switch is one change of a route, back and forth.

    To exchange endpoints instead would leave Envoy, for as long as a health check takes, with none it finds healthy.
    """

    keep_seconds: float = 0.0
    """How long the old replicas stay after the switch."""

    async def forward(self, stage: Stage, release: Release, say: Progress) -> None:
        """Bring the release into use, with the old replicas in reserve; raises StartFailed."""
        zones = [member.zone for member in stage.members()]
        say(f"starting {len(zones)} beside the old")
        await stage.start(release, zones, aside=True)
        say("all of them serve: switching")
        await stage.split(Split(release.version, 100))
        stage.adopt(release)

    async def finish(self, stage: Stage, release: Release) -> None:
        """Give the reserve up: the new replicas become the service's own, the old ones are drained."""
        fresh = [member.name for member in stage.members() if member.release == release]
        old = [member.name for member in stage.members() if member.release != release]
        await stage.join(fresh)
        await stage.hold_back(old)
        await stage.split(None)
        await stage.leave_aside(fresh)
        await stage.stop(old)
