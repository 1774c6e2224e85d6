"""Gives every call an end."""

import asyncio
import math
import time
from typing import ClassVar

from services.runtime.call import REPORT_MARGIN, SUB_CALL_MARGIN, Call
from services.runtime.exceptions import DeadlineExceeded, DeadlineTooShort
from services.runtime.interceptors.stage import Stage

# Less than this is not worth starting: the answer would come too late.
NEEDED_SECONDS = 0.100
# An alarm may ring this much early, in seconds: the loop's timers count whole milliseconds.
_TOLERANCE = 0.001


class Deadline(Stage):
    """Applies the shorter of the caller's deadline and the policy's timeout, and stops the handler when it is over.

    After errors and admission: it raises, and it remembers the call until `end`. One alarm, for the earliest moment,
    serves all calls: a timer for each cost more than the rest of the stage, and nearly every one was cancelled unused.
    """

    name = "deadline"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "admission"})

    def __init__(self) -> None:
        self._ends: dict[Call, float] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = math.inf

    def begin(self, call: Call) -> None:
        seconds = self._budget(call)
        if seconds is None:
            return
        now = time.monotonic()
        call.deadline = now + max(0.0, seconds - SUB_CALL_MARGIN)
        self._ends[call] = ends = now + max(0.0, seconds - REPORT_MARGIN)
        if ends < self._alarm_at:
            self._set_alarm(ends)

    def _set_alarm(self, moment: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(max(0.0, moment - time.monotonic()), self._ring)
        self._alarm_at = moment

    def _ring(self) -> None:
        self._alarm, self._alarm_at = None, math.inf
        reached = time.monotonic() + _TOLERANCE
        for call in [call for call, ends in self._ends.items() if ends <= reached]:
            del self._ends[call]
            call.interrupt(DeadlineExceeded())
        if self._ends:
            self._set_alarm(min(self._ends.values()))

    def _budget(self, call: Call) -> float | None:
        timeout = call.method.timeout
        remaining: float | None = call.context.time_remaining()
        if remaining is None:
            return timeout
        if remaining < NEEDED_SECONDS and not call.method.platform:
            raise DeadlineTooShort(max(0, int(remaining * 1000)), int(NEEDED_SECONDS * 1000))
        return remaining if timeout is None else min(remaining, timeout)

    def end(self, call: Call) -> None:
        call.settle()
        self._ends.pop(call, None)
