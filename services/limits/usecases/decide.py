"""Decide whether one call may go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.limits.domain.decision import Decision
from services.limits.domain.errors import WindowsUnavailable
from services.limits.domain.policy import Claim
from services.limits.ports import PolicySource, Tally, Windows


class Decide:
    """Counts a call against every limit that its descriptors mean."""

    def __init__(self, source: PolicySource, windows: Windows, tally: Tally) -> None:
        self._source = source
        self._windows = windows
        self._tally = tally

    async def __call__(self, descriptors: Sequence[tuple[Mapping[str, str], int]]) -> tuple[list[int], Decision]:
        """The decision for descriptors, each with its parts and its cost.

        Returns the decision, and before it for each of its claims the position of the descriptor it comes from:
        descriptors without a limit have none.

        Raises:
            WindowsUnavailable: nobody knows within the bound of a call.
        """
        policy = self._source.policy
        positions: list[int] = []
        claims: list[Claim] = []
        for position, (parts, cost) in enumerate(descriptors):
            claim = policy.claim(parts, cost)
            if claim is not None:
                positions.append(position)
                claims.append(claim)
        if not claims:
            return [], Decision((), ())
        try:
            standings = await self._windows.take(claims)
        except WindowsUnavailable:
            self._tally.undecided(claims)
            raise
        decision = Decision(claims, standings)
        self._tally.decided(decision)
        return positions, decision
