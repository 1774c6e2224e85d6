"""Starts parts in order and stops them in reverse, each within its time, whatever the others do."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import structlog

_LOG = structlog.get_logger("lifespan")


class StartTimedOut(Exception):
    """A part did not start in time; the message is its name."""


class Lifespan:
    """An ordered set of running parts.

    Unlike an AsyncExitStack it bounds every stop, and a part that fails to stop does not keep the others alive.
    """

    def __init__(self, start_seconds: float = 30.0, stop_seconds: float = 10.0) -> None:
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._stops: list[tuple[str, Callable[[], Awaitable[None]]]] = []

    async def start(
        self, name: str, start: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Starts a part; `stop` will run at the end, also when `start` failed half-way.

        Raises:
            StartTimedOut: `start` took longer than the lifespan's `start_seconds`.
        """
        if stop is not None:
            self.on_stop(name, stop)
        try:
            async with asyncio.timeout(self._start_seconds) as bound:
                await start()
        except TimeoutError:
            if bound.expired():
                raise StartTimedOut(name) from None
            raise

    def on_stop(self, name: str, stop: Callable[[], Awaitable[None]]) -> None:
        """Remembers what must run at the end."""
        self._stops.append((name, stop))

    async def stop(self) -> None:
        """Stops everything, the last started first. Failures are logged, not raised."""
        while self._stops:
            name, stop = self._stops.pop()
            try:
                async with asyncio.timeout(self._stop_seconds):
                    await stop()
            except Exception as error:
                _LOG.error("part failed to stop", part=name, error=type(error).__name__, exc_info=error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
