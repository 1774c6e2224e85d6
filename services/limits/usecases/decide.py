"""Decide whether one call may go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.limits.domain.decision import Decision, Standing
from services.limits.domain.policy import Claim
from services.limits.ports import PolicySource, Tally, Windows

Outcome = tuple[Sequence[int], Decision]
"""For each claim of the decision the position of the descriptor it comes from, and the decision."""


class Decide:
    """Counts a call against every limit that its descriptors mean."""

    def __init__(self, source: PolicySource, windows: Windows, tally: Tally) -> None:
        self._source = source
        self._windows = windows
        self._tally = tally

    def __call__(
        self, descriptors: Sequence[tuple[Mapping[str, str], int]], answer: Callable[[Outcome | None], None]
    ) -> None:
        """Decides for descriptors, each with its parts and its cost.

        `answer` hears the outcome once, now or later: None when nobody knows within the bound of a call. Descriptors
        without a limit have no claim in the decision.
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
            answer(((), Decision((), ())))
            return

        def decided(standings: Sequence[Standing] | None) -> None:
            if standings is None:
                self._tally.undecided(claims)
                answer(None)
                return
            decision = Decision(claims, standings)
            self._tally.decided(decision)
            answer((positions, decision))

        self._windows.take(claims, decided)
