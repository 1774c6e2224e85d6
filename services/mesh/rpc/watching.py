"""What an rpc that watches sends: no message twice, and not too many a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from google.protobuf.message import Message

_Message = TypeVar("_Message", bound="Message")


async def changes(
    read: Callable[[], _Message], changed: Callable[[], Awaitable[None]], least_seconds: float
) -> AsyncIterator[_Message]:
    """What `read` gives now and after each change, at least `least_seconds` apart. Ends with the call: the server ends
    the calls that run when it stops."""
    last: _Message | None = None
    while True:
        # Begun before the look, so that no change falls between the two.
        change = asyncio.ensure_future(changed())
        try:
            await asyncio.sleep(0)
            message = read()
            if message != last:
                last = message
                yield message
                await asyncio.sleep(least_seconds)
            await change
        finally:
            change.cancel()
