"""How the blocking clients call: with the contract's deadlines, typed errors, and page after page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import grpc

from malha.deadlines import Deadlines
from malha.errors import from_rpc

_Response = TypeVar("_Response")
_Item = TypeVar("_Item")


class Caller:
    """What the clients of all services share."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines

    def _call(self, method: str, call: Callable[..., _Response], request: object, timeout: float | None) -> _Response:
        try:
            return call(request, timeout=self._deadlines.of(method, timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from error

    def _pages(
        self,
        method: str,
        call: Callable[..., Any],
        request: Any,
        items: Callable[[Any], Iterable[_Item]],
        timeout: float | None,
    ) -> Iterator[_Item]:
        """The items of all pages; a page is asked for when its first item is wanted."""
        while True:
            page = self._call(method, call, request, timeout)
            yield from items(page)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def _stream(
        self, method: str, call: Callable[..., Iterable[_Response]], request: object, timeout: float | None
    ) -> Iterator[_Response]:
        answers: Any = call(request, timeout=self._deadlines.of(method, timeout))
        try:
            yield from answers
        except grpc.RpcError as error:
            raise from_rpc(error) from error
        finally:
            answers.cancel()
