"""How the asyncio clients call; see `malha.caller`."""

# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

import grpc
import grpc.aio

from malha.deadlines import Deadlines
from malha.errors import from_rpc

_Response = TypeVar("_Response")
_Item = TypeVar("_Item")


class AsyncCaller:
    """What the asyncio clients of all services share."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines

    async def _call(
        self,
        method: str,
        call: Callable[..., grpc.aio.UnaryUnaryCall[Any, _Response]],
        request: object,
        timeout: float | None,
    ) -> _Response:
        try:
            return await call(request, timeout=self._deadlines.of(method, timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from error

    async def _pages(
        self,
        method: str,
        call: Callable[..., Any],
        request: Any,
        items: Callable[[Any], Iterable[_Item]],
        timeout: float | None,
    ) -> AsyncIterator[_Item]:
        """The items of all pages; a page is asked for when its first item is wanted."""
        while True:
            page = await self._call(method, call, request, timeout)
            for item in items(page):
                yield item
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def _stream(
        self,
        method: str,
        call: Callable[..., grpc.aio.UnaryStreamCall[Any, _Response]],
        request: object,
        timeout: float | None,
    ) -> AsyncGenerator[_Response, None]:
        answers = call(request, timeout=self._deadlines.of(method, timeout))
        try:
            async for answer in answers:
                yield answer
        except grpc.RpcError as error:
            raise from_rpc(error) from error
        finally:
            answers.cancel()
