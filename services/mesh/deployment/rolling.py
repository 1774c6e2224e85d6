"""Rolling: one replica after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.mesh.deployment.steps import roll

if TYPE_CHECKING:
    from services.mesh.deployment.port import Stage
    from services.mesh.deployment.steps import Progress
    from services.mesh.versions.release import Release


@dataclass(frozen=True, slots=True)
class Rolling:
    """A new replica serves before an old one is drained, until all are new."""

    keep_seconds: float = 0.0

    async def forward(self, stage: Stage, release: Release, say: Progress) -> None:
        """Bring the release into use; raises StartFailed."""
        await roll(stage, release, say)
        stage.adopt(release)

    async def finish(self, stage: Stage, release: Release) -> None:
        """Nothing is left to do."""
