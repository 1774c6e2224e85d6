"""What the use case needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.limits.domain.decision import Decision, Standing
from services.limits.domain.policy import Claim, Policy


class Windows(Protocol):
    """Remembers what was used lately."""

    async def take(self, claims: Sequence[Claim]) -> Sequence[Standing]:
        """Takes all claims of one call, in one step, when every enforced limit has room; otherwise takes nothing.

        Raises:
            WindowsUnavailable: nobody knows within the bound of a call.
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
