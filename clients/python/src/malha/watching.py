"""A watch of price changes that goes on over the calls it takes; for the blocking and the asyncio client."""

from __future__ import annotations

import time
from typing import Final

from malha.errors import DeadlineExceeded, MalhaError, Unavailable
from malha.pricing.v1 import catalog_service_pb2 as pb

ATTEMPTS: Final = 5
"""Calls in a row that bring nothing, at most."""
_FIRST_PAUSE: Final = 0.5


class Watch:
    """What a watch has seen so far, and whether to call again when a call ends."""

    def __init__(self, request: pb.WatchPriceChangesRequest, timeout: float | None) -> None:
        """`timeout` is in seconds, for all calls together; None means for ever."""
        self.request = request
        self._ends = None if timeout is None else time.monotonic() + timeout
        self._begun = False
        self._in_vain = 0

    @property
    def remaining(self) -> float | None:
        """Seconds until the watch ends; None for ever."""
        return None if self._ends is None else max(0.0, self._ends - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether its time is up."""
        return self.remaining == 0.0

    def seen(self, message: pb.WatchPriceChangesResponse) -> None:
        """Notes a message: the next call begins behind all that was looked at for it."""
        self._begun, self._in_vain = True, 0
        self.request.after = max(self.request.after, message.sequence, message.change.sequence)

    def pause_after(self, error: MalhaError | None) -> float | None:
        """Seconds to wait before the next call, behind one that ended in `error` or by itself; None: it is the end.

        A watch that never began is not repeated here: gRPC has tried already.
        """
        if isinstance(error, DeadlineExceeded):
            return None if self.over else 0.0
        if error is not None and not (self._begun and isinstance(error, Unavailable)):
            return None
        self._in_vain += 1
        if self._in_vain >= ATTEMPTS:
            return None
        pause = _FIRST_PAUSE * 2.0 ** (self._in_vain - 1)
        return pause if self.remaining is None else min(pause, self.remaining)
