"""A clock that stands still until told otherwise."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """`services.runtime.clock.Clock` in the hands of a test."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, duration: timedelta | float) -> None:
        """Lets time pass; a number is seconds."""
        seconds = duration.total_seconds() if isinstance(duration, timedelta) else duration
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
