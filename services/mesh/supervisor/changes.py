"""Tells who waits that something changed, and keeps two changes of one service apart."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from services.mesh.supervisor.errors import ChangeInProgress

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

T = TypeVar("T")


class Changes:
    """A bell: everyone who waits hears the next ring."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Something changed."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self) -> None:
        """Return at the next ring."""
        await self._event.wait()


class Exclusive:
    """At most one change of each thing at a time."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    @contextlib.contextmanager
    def changing(self, name: str) -> Iterator[None]:
        """Hold `name` while the block runs; raises ChangeInProgress."""
        if name in self._busy:
            raise ChangeInProgress(name)
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)


class Background:
    """Work that goes on when whoever asked for it is gone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Begin the work."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, work: Coroutine[Any, Any, T], name: str) -> T:
        """Do the work to its end, also when the caller is cancelled meanwhile; its result or exception."""
        return await asyncio.shield(self.start(work, name))

    async def cancel(self) -> None:
        """End all of it."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
