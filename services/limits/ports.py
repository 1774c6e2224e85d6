"""What the use case needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from services.limits.domain.decision import Decision, Standing
from services.limits.domain.policy import Claim, Policy

Taken = Callable[[Sequence[Standing] | None], None]
"""Hears how each limit stands after the claims were taken, or were not; None when nobody knows. Must not raise.

A function and no coroutine: a task and a future for each decision cost as much as the decision.
"""


class Windows(Protocol):
    """Remembers what was used lately."""

    def take(self, claims: Sequence[Claim], taken: Taken) -> None:
        """Takes all claims of one call, in one step, when every enforced limit has room; otherwise takes nothing.

        `taken` is called once, now or within the bound of a call.
        """


class PolicySource(Protocol):
    """Where the policy in force is to be had."""

    @property
    def policy(self) -> Policy:
        """The last good one."""


class Tally(Protocol):
    """Counts decisions."""

    def decided(self, decision: Decision) -> None:
        """A decision was made."""

    def undecided(self, claims: Sequence[Claim]) -> None:
        """No decision could be made."""
