"""Server streams that are taken up again where they were cut off; see `malha.streams`."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor

from malha.streams import Progress

_Message = TypeVar("_Message")


async def resumed(
    call: Callable[..., AsyncIterable[_Message]],
    method: MethodDescriptor,
    request: Any,
    *,
    timeout: float | None = None,  # noqa: ASYNC109 - it goes to the server, too
) -> AsyncIterator[_Message]:
    """As `malha.streams.resumed`, for a stub of an asyncio channel."""
    progress = Progress(method, timeout)
    while True:
        known, number = progress.received, 0
        try:
            async for message in call(request, timeout=progress.remaining):
                number += 1
                if number > known:
                    progress.received += 1
                    yield message
            return
        except grpc.RpcError as error:
            if not progress.goes_on_after(error):
                raise
