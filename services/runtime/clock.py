"""Time as a port, so that tests own it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the rest of the code gets its time from."""

    def now(self) -> datetime:
        """The wall-clock time, aware, in UTC. It may step; never measure a duration with it."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
