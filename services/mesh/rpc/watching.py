"""What the rpcs that watch have in common: no message twice, not too many a second, an end when the mesh stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar

from services.runtime.exceptions import ShuttingDown

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from google.protobuf.message import Message

_Value = TypeVar("_Value")
_Message = TypeVar("_Message", bound="Message")


class Watches:
    """Runs watch streams until `close`."""

    def __init__(self) -> None:
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream: the caller hears SHUTTING_DOWN."""
        self._closing.set()

    async def changes(
        self, read: Callable[[], _Message], changed: Callable[[], Awaitable[None]], least_seconds: float
    ) -> AsyncIterator[_Message]:
        """What `read` gives now and after each change, at least `least_seconds` apart; raises ShuttingDown."""
        last: _Message | None = None
        while True:
            # Asked for before reading, so that no change falls in between.
            waiting = asyncio.ensure_future(changed())
            try:
                await asyncio.sleep(0)
                message = read()
                if message != last:
                    last = message
                    yield message
                    await self._pause(least_seconds)
                await self.unless_closing(waiting)
            finally:
                waiting.cancel()

    async def relayed(self, values: AsyncIterator[_Value]) -> AsyncIterator[_Value]:
        """Hands on what `values` gives; raises ShuttingDown when the mesh stops first."""
        while True:
            following = asyncio.ensure_future(anext(values))
            try:
                value = await self.unless_closing(following)
            except StopAsyncIteration:
                return
            finally:
                following.cancel()
            yield value

    async def unless_closing(self, work: asyncio.Future[_Value]) -> _Value:
        """What `work` gives; raises ShuttingDown, and leaves `work` to the caller, when the mesh stops first."""
        closing = asyncio.ensure_future(self._closing.wait())
        either: set[asyncio.Future[Any]] = {work, closing}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
        if not work.done():
            raise ShuttingDown
        return work.result()

    async def _pause(self, seconds: float) -> None:
        """Wait so long; raises ShuttingDown when the mesh stops meanwhile."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
            raise ShuttingDown
