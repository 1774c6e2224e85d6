"""What a deployment needs of the mesh; the supervisor's `stage` does it with processes and Envoy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from services.mesh.judge import Sample
    from services.mesh.traffic import Split
    from services.mesh.versions.release import Release


@dataclass(frozen=True, slots=True)
class Member:
    """One replica that runs."""

    name: str
    release: Release
    zone: str
    aside: bool
    """Whether it stands beside the service's own cluster only, where just a split sends calls."""
    ready: bool = True
    """Whether it serves."""


class Stage(Protocol):
    """One service whose replicas are being exchanged. Each step is done, in Envoy too, when it returns."""

    @property
    def service(self) -> str:
        """Its name."""

    @property
    def wanted(self) -> int:
        """How many replicas it shall have."""

    def members(self) -> Sequence[Member]:
        """The replicas there are, in a stable order."""

    async def migrate(self, release: Release) -> None:
        """Run the release's migrations; raises StartFailed."""

    async def start(self, release: Release, zones: Sequence[str | None], *, aside: bool = False) -> Sequence[str]:
        """Start one replica for each zone (None: any), all serving when this returns; the names.

        Raises StartFailed, and none of them is left then.
        """

    async def join(self, names: Collection[str]) -> None:
        """Bring replicas that stand aside into the service's own cluster, where they serve too; raises StartFailed."""

    async def leave_aside(self, names: Collection[str]) -> None:
        """Take replicas that have joined out of the cluster aside."""

    async def hold_back(self, names: Collection[str]) -> None:
        """Take replicas out of every cluster; they run on and finish what they have."""

    async def bring_back(self, names: Collection[str]) -> None:
        """Undo `hold_back`: they serve in the service's own cluster again; raises StartFailed."""

    async def stop(self, names: Collection[str]) -> None:
        """Drain and stop replicas; once begun it is done to its end, also when the caller is cancelled."""

    async def split(self, split: Split | None) -> None:
        """Divide the calls between the service's own cluster and the one aside; None: all to its own."""

    def adopt(self, release: Release) -> None:
        """From now on, and after a restart of the supervisor, new replicas are started from it."""

    async def steady(self, names: Collection[str], seconds: float) -> bool:
        """True after that time; False as soon as one of the replicas has ended or fails its probes."""

    async def samples(self) -> tuple[Sample, Sample]:
        """What the cluster aside and the service's own have answered until now; raises OSError without Envoy."""
