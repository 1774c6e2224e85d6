"""One computation for each key, however many ask at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Flight(Generic[V]):
    __slots__ = ("task", "waiting")

    def __init__(self, task: "asyncio.Task[V]") -> None:
        self.task = task
        self.waiting = 0


class SingleFlight(Generic[K, V]):
    """Shares the outcome of a computation among all who ask for its key while it runs.

    A caller that is cancelled leaves the others waiting; when the last one leaves, the computation is cancelled. An
    exception reaches every waiter. Nothing is remembered after the computation: that is a cache's affair.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}

    def __len__(self) -> int:
        """How many computations run."""
        return len(self._flights)

    async def do(self, key: K, compute: Callable[[], Awaitable[V]]) -> V:
        """The outcome of `compute`, or of the computation for `key` that runs already."""
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(asyncio.ensure_future(_awaited(compute)))
            self._flights[key] = flight
            flight.task.add_done_callback(lambda task: self._land(key, task))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                # Forgotten at once, so that who asks next starts anew and does not join what is being cancelled.
                self._flights.pop(key, None)
                flight.task.cancel()

    def _land(self, key: K, task: "asyncio.Task[V]") -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # read, so that nobody is told of an exception that all waiters left behind


async def _awaited(compute: Callable[[], Awaitable[V]]) -> V:
    return await compute()
