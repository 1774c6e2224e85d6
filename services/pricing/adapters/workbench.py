"""Threads for work that takes longer than an event loop may be kept busy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services.runtime.exceptions import Overloaded

Result = TypeVar("Result")


class Workbench:
    """Runs functions in a few threads; a bounded number of them may wait."""

    def __init__(self, threads: int, most_waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="advice")
        self._most = threads + most_waiting
        self._under_way = 0

    @property
    def free(self) -> int:
        """How many more pieces of work it would take now."""
        return self._most - self._under_way

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises. Raises Overloaded when too many wait already.

        A caller that goes away leaves the queue; what runs already runs to its end, which each kind of work bounds.
        """
        if self.free <= 0:
            raise Overloaded(self._most)
        loop = asyncio.get_running_loop()
        self._under_way += 1
        future = self._pool.submit(work)
        # Called in the thread, or here when the work is dropped before it began.
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        return await asyncio.wrap_future(future)

    def _done(self) -> None:
        self._under_way -= 1

    def prepare(self, work: Callable[[], object]) -> None:
        """Has `work` done before anything else, without waiting for it."""
        self._pool.submit(work)

    async def close(self) -> None:
        """Drops what waits, and waits for what runs."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
