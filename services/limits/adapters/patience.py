"""A bound in time for an answer from outside."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

# The shortest time in which the loop looks at its sockets between two timers.
_LOOK_SECONDS = 0.001


class Patience:
    """Raises TimeoutError in the block when it lasts longer than `seconds`, unless what it waits for is there by then.

    The alarm of `asyncio.timeout` rings before the loop looks at its sockets: after a turn that took long, an answer
    that has been there all the time would count as late. This one lets the loop look first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._alarm: asyncio.Handle | None = None
        self._rang = False

    async def __aenter__(self) -> Self:
        self._alarm = self._loop.call_later(self._seconds, self._look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._alarm is not None and self._task is not None
        self._alarm.cancel()
        if self._rang and self._task.uncancel() == 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        self._alarm = self._loop.call_later(_LOOK_SECONDS, self._hand_over)

    def _hand_over(self) -> None:
        # Behind the task, should what it waits for have come.
        self._alarm = self._loop.call_soon(self._ring)

    def _ring(self) -> None:
        assert self._task is not None
        self._rang = True
        self._task.cancel()
