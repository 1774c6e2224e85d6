"""The steps that strategies have in common: exchange of replicas without a gap in capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.mesh.deployment.port import Member, Stage
    from services.mesh.versions.release import Release

    Progress = Callable[[str], None]


async def exchange(stage: Stage, victims: Sequence[Member], release: Release, say: Progress) -> None:
    """For each victim: start another in its zone, and when that serves, drain the victim. Raises StartFailed."""
    for number, victim in enumerate(victims, start=1):
        say(f"replica {number} of {len(victims)}: starting another for {victim.name}")
        (fresh,) = await stage.start(release, [victim.zone])
        say(f"replica {number} of {len(victims)}: {fresh} serves, {victim.name} is drained")
        await stage.stop([victim.name])


async def roll(stage: Stage, release: Release, say: Progress) -> None:
    """Bring the service, whatever state it is in, to the wanted number of replicas of one release, without a gap.

    Raises StartFailed half-way, with both releases serving; it may be called again, with either.
    """
    others = [member for member in stage.members() if member.release != release]
    missing = max(0, stage.wanted - running(stage, release))
    await exchange(stage, others[:missing], release, say)
    while running(stage, release) < stage.wanted:
        await stage.start(release, [None])
    superfluous = [member.name for member in stage.members() if member.release != release]
    superfluous += [member.name for member in stage.members() if member.release == release][stage.wanted :]
    if superfluous:
        await stage.stop(superfluous)


async def undo(stage: Stage, release: Release, say: Progress) -> None:
    """Bring the service back to `release`, however far a deployment of another one came. Raises StartFailed."""
    stage.adopt(release)
    await stage.bring_back([member.name for member in stage.members() if member.release == release])
    # Its own cluster is never empty, so whatever stands aside can go without all calls at once.
    await stage.split(None)
    if aside := [member.name for member in stage.members() if member.aside]:
        await stage.stop(aside)
    await roll(stage, release, say)


def running(stage: Stage, release: Release) -> int:
    """How many replicas of a release there are."""
    return sum(member.release == release for member in stage.members())
