"""Stops asking what does not answer."""

from services.runtime.clock import Clock, SystemClock


class Breaker:
    """Opens after `failures` failures in a row, for `seconds`; then lets one attempt through to see.

    Usage: ask `allows()`, then tell `succeeded()` or `failed()`.
    """

    def __init__(self, failures: int = 3, seconds: float = 2.0, clock: Clock | None = None) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock or SystemClock()
        self._failures = 0
        self._retry_at = 0.0

    @property
    def open(self) -> bool:
        """Whether calls are being held back."""
        return self._failures >= self._limit and self._clock.monotonic() < self._retry_at

    def allows(self) -> bool:
        """Whether to try now. While the breaker recovers, only the first who asks may."""
        if self._failures < self._limit:
            return True
        now = self._clock.monotonic()
        if now < self._retry_at:
            return False
        # Whoever comes while this attempt runs is held back for another period.
        self._retry_at = now + self._seconds
        return True

    def succeeded(self) -> None:
        """The attempt was answered."""
        self._failures = 0

    def failed(self, seconds: float | None = None) -> None:
        """The attempt was not answered; `seconds` instead of the usual, where to try again costs little."""
        self._failures += 1
        self._retry_at = self._clock.monotonic() + (self._seconds if seconds is None else seconds)
