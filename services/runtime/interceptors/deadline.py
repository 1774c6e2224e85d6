"""Gives every call an end."""

import asyncio
import time
from typing import ClassVar

from services.runtime.call import REPORT_MARGIN, SUB_CALL_MARGIN, Call
from services.runtime.exceptions import DeadlineExceeded, DeadlineTooShort
from services.runtime.interceptors.stage import Stage

# Less than this is not worth starting: the answer would come too late.
NEEDED_SECONDS = 0.100


class Deadline(Stage):
    """Applies the shorter of the caller's deadline and the policy's timeout, and stops the handler when it is over.

    After errors and admission: it raises, and it arms a timer.
    """

    name = "deadline"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "admission"})

    def begin(self, call: Call) -> None:
        seconds = self._budget(call)
        if seconds is None:
            return
        call.deadline = time.monotonic() + max(0.0, seconds - SUB_CALL_MARGIN)
        loop = asyncio.get_running_loop()
        call.cut_off = loop.call_later(max(0.0, seconds - REPORT_MARGIN), call.interrupt, DeadlineExceeded())

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
