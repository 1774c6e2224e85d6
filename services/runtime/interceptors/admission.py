"""Refuses calls beyond what the server can hold, at once and cheaply."""

from typing import ClassVar

from services.runtime.call import Call
from services.runtime.exceptions import Overloaded
from services.runtime.interceptors.stage import Stage


class Admission(Stage):
    """Lets a fixed number of calls run at once; health checks and the rest of the platform are never refused.

    After errors, so that a refusal carries its reason; before deadline, so that a refused call arms no timer.
    """

    name = "admission"
    after: ClassVar[frozenset[str]] = frozenset({"errors"})

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._running: set[Call] = set()

    @property
    def running(self) -> frozenset[Call]:
        """The calls that are being served."""
        return frozenset(self._running)

    def begin(self, call: Call) -> None:
        if not call.method.platform:
            if len(self._running) >= self._limit:
                raise Overloaded(self._limit)
            call.admitted = True
            self._running.add(call)

    def end(self, call: Call) -> None:
        if call.admitted:
            self._running.discard(call)
