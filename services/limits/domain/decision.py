"""What became of the claims of one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.limits.domain.policy import Claim


@dataclass(frozen=True, slots=True)
class Standing:
    """How one limit stands after a decision."""

    fits: bool
    """Whether it had room for the call, enforced or not."""
    remaining: int
    after_ms: int
    """When it has room for the call, or, where it had, when the first of what is used now is free again; 0: unused."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call may go on, and why."""

    claims: Sequence[Claim]
    standings: Sequence[Standing]
    """One for each claim."""

    @property
    def refusals(self) -> list[tuple[Claim, Standing]]:
        """The limits that do not allow the call; none: it may go on."""
        found = zip(self.claims, self.standings, strict=True)
        return [(claim, standing) for claim, standing in found if not (standing.fits or claim.limit.shadow)]

    @property
    def allowed(self) -> bool:
        """Whether the call may go on."""
        return not self.refusals
