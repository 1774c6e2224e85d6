"""Canary: a share of the calls to one new replica, judged against the old ones; then rolling, or back."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.mesh.deployment.model import CanaryEvidence, CanaryPlan
from services.mesh.deployment.steps import roll
from services.mesh.judge import Judge, Verdict
from services.mesh.traffic import Split

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.mesh.deployment.port import Stage
    from services.mesh.deployment.steps import Progress
    from services.mesh.judge import Evidence, Sample
    from services.mesh.versions.release import Release

_LOOK_SECONDS = 0.5
# After so long without figures there is no judgement any more.
_BLIND_SECONDS = 15.0


class Rejected(Exception):
    """The canary did not prove itself; the text says why."""


@dataclass(slots=True)
class Canary:
    """One new replica gets a share of the calls until the judge has decided."""

    plan: CanaryPlan
    noted: Callable[[CanaryEvidence], None]
    """Hears what is known after each look."""
    keep_seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self.plan)

    async def forward(self, stage: Stage, release: Release, say: Progress) -> None:
        """Try the release, then bring it into use; raises StartFailed or Rejected."""
        say("starting the canary")
        (name,) = await stage.start(release, [None], aside=True)
        await stage.split(Split(release.version, self.plan.percent))
        say(f"{name} gets {self.plan.percent:g} % of the calls")
        await self._try(stage, name)
        say("the canary is as good as the version before: rolling")
        await stage.join([name])
        await stage.split(None)
        await stage.leave_aside([name])
        await roll(stage, release, say)
        stage.adopt(release)

    async def finish(self, stage: Stage, release: Release) -> None:
        """Nothing is left to do."""

    async def _try(self, stage: Stage, name: str) -> None:
        began = seen = self.clock()
        while True:
            try:
                canary, baseline = await stage.samples()
                seen = self.clock()
            except OSError:
                if self.clock() - seen > _BLIND_SECONDS:
                    raise Rejected("Envoy tells no figures to judge the canary by") from None
            else:
                verdict = self.judge.observe(canary, baseline, self.clock() - began)
                self.noted(_evidence(self.judge.evidence))
                if verdict is Verdict.PASSED:
                    return
                if verdict is not Verdict.CONTINUE:
                    raise Rejected(f"the canary was rejected: {verdict.value}")
            if not await stage.steady([name], _LOOK_SECONDS):
                raise Rejected("the canary ended, or stopped answering its health checks")


def _evidence(evidence: Evidence) -> CanaryEvidence:
    canary, baseline = evidence.canary, evidence.baseline
    return CanaryEvidence(
        canary.calls, canary.failures, _seconds(canary, 0.5), _seconds(canary, 0.95),
        baseline.calls, baseline.failures, _seconds(baseline, 0.5), _seconds(baseline, 0.95),
        evidence.failure_e_value, evidence.latency_e_value,
    )  # fmt: skip


def _seconds(sample: Sample, quantile: float) -> float | None:
    milliseconds = sample.quantile(quantile)
    return None if milliseconds is None else milliseconds / 1000
