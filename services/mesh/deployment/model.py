"""What a deployment is: its strategy, its plan, how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from services.mesh.judge import Plan

if TYPE_CHECKING:
    from datetime import datetime


class Strategy(StrEnum):
    """How another version comes into use."""

    ROLLING = "rolling"
    """One replica after the other: a new one serves before an old one is drained."""
    BLUE_GREEN = "blue-green"
    """All new replicas beside the old, then all calls at once to the new."""
    CANARY = "canary"
    """A share of the calls to a new replica, judged against the old ones; then rolling, or back."""


@dataclass(frozen=True, slots=True)
class CanaryPlan(Plan):
    """How a canary is tried: for as long as the judge's plan says, with a share of the calls."""

    percent: float = 20.0
    """The share of the calls that goes to the canary, above 0 and at most 50."""


class DeploymentState(StrEnum):
    """How far a deployment is."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    ROLLING_BACK = "rolling-back"
    ROLLED_BACK = "rolled-back"

    @property
    def over(self) -> bool:
        """Whether nothing will change any more."""
        return self in (DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK)


@dataclass(frozen=True, slots=True)
class CanaryEvidence:
    """What canary and baseline did in the same time; durations in seconds, None without calls."""

    canary_calls: int = 0
    canary_failures: int = 0
    canary_p50: float | None = None
    canary_p95: float | None = None
    baseline_calls: int = 0
    baseline_failures: int = 0
    baseline_p50: float | None = None
    baseline_p95: float | None = None
    failure_e_value: float = 1.0
    """That the canary fails more often: 1 is no evidence, 100 rejects it."""
    latency_e_value: float = 1.0
    """That the canary is slower."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One change of a service's version, as it is now."""

    name: str
    """`deployments/{deployment}`."""
    service: str
    from_version: str
    to_version: str
    strategy: Strategy
    state: DeploymentState
    message: str
    """What is being done, or why it ended as it did, for people."""
    create_time: datetime
    end_time: datetime | None = None
    new_replicas: int = 0
    """How many replicas of the new version serve."""
    old_replicas: int = 0
    """How many replicas of the old version serve."""
    evidence: CanaryEvidence | None = None
    """Only of a canary."""
