"""Refuses calls beyond what the server can hold, at once and cheaply."""

from typing import ClassVar

from services.runtime.call import Call
from services.runtime.exceptions import Overloaded
from services.runtime.interceptors.stage import Stage
from services.runtime.memory import Memory


class Admission(Stage):
    """Lets a fixed number of calls run at once, and one at a time while memory is scarce.

    One, since a process need not give back what it once took: refusing all would be for ever. Health checks and the
    rest of the platform are never refused, so that a server with too much to do is not taken for a dead one.

    After errors, so that a refusal carries its reason; before deadline, so that a refused call arms no timer.
    """

    name = "admission"
    after: ClassVar[frozenset[str]] = frozenset({"errors"})

    def __init__(self, limit: int, memory: Memory | None = None) -> None:
        self._limit = limit
        self._memory = memory or Memory(0)
        self._running: set[Call] = set()

    @property
    def running(self) -> frozenset[Call]:
        """The calls that are being served."""
        return frozenset(self._running)

    def begin(self, call: Call) -> None:
        if call.method.platform:
            return
        running = self._running
        if len(running) >= self._limit:
            raise Overloaded(self._limit)
        if self._memory.scarce and running:
            raise Overloaded(self._memory.limit)
        call.admitted = True
        running.add(call)

    def end(self, call: Call) -> None:
        if call.admitted:
            self._running.discard(call)
