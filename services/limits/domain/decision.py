"""What became of the claims of one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.limits.domain.policy import Claim


class Standing(NamedTuple):
    """How one limit stands after a decision."""

    fits: bool
    """Whether it had room for the call, enforced or not."""
    remaining: int
    after_ms: int
    """When it has room for the call, or, where it had, when the first of what is used now is free again; 0: unused."""


class Decision:
    """Whether a call may go on, and why."""

    __slots__ = ("claims", "refusals", "standings")

    def __init__(self, claims: Sequence[Claim], standings: Sequence[Standing]) -> None:
        """`standings` has one for each claim."""
        self.claims = claims
        self.standings = standings
        self.refusals: list[tuple[Claim, Standing]] = [
            (claim, standing)
            for claim, standing in zip(claims, standings, strict=True)
            if not (standing.fits or claim.limit.shadow)
        ]
        """The limits that do not allow the call; none: it may go on."""
