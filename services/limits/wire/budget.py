"""Bounds on how often a peer may do what costs us and gives it nothing."""

from __future__ import annotations


class Budget:
    """So many at once, and so many again each second."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._left = float(burst)
        self._at = 0.0

    def spend(self, now: float) -> bool:
        """Whether one more is within bounds, at `now` in seconds of any clock that does not go back."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
