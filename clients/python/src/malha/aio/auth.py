"""Puts the token onto every call of an asyncio channel.

Tokens are asked for in a thread: that happens once in minutes, and so the asyncio client needs no sources of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import grpc.aio

from malha.auth.attach import HEADER, bearer, worth_another
from malha.auth.tokens import Tokens

_Continuation = Callable[..., Any]


def authorisation(tokens: Tokens) -> list[grpc.aio.ClientInterceptor]:
    """The interceptors for a channel, one for each call shape, since gRPC takes each class for one shape only.

    As `malha.auth.attach.authorised`: a unary call whose token is refused is made once more with another one.
    """
    shared = _SharedTokens(tokens)
    return [_UnaryUnary(shared), _UnaryStream(shared), _StreamUnary(shared), _StreamStream(shared)]


class _SharedTokens:
    """The tokens of one event loop: all calls that wait for one wait for the same thread."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._asking: asyncio.Task[str] | None = None

    async def get(self) -> str:
        if (value := self._tokens.held()) is not None:
            return value
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(self._tokens.get))
        # Whoever gives up its call does not take the token from the others.
        return await asyncio.shield(self._asking)

    async def other(self, refused: str) -> str | None:
        return await asyncio.to_thread(self._tokens.other, refused)


class _Attach:
    def __init__(self, tokens: _SharedTokens) -> None:
        self._tokens = tokens

    async def _details(self, details: grpc.aio.ClientCallDetails) -> grpc.aio.ClientCallDetails:
        return details if _has_own(details) else _with(details, await self._tokens.get())


class _UnaryUnary(_Attach, grpc.aio.UnaryUnaryClientInterceptor):
    async def intercept_unary_unary(
        self, continuation: _Continuation, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        if _has_own(client_call_details):
            return await continuation(client_call_details, request)
        token = await self._tokens.get()
        call = await continuation(_with(client_call_details, token), request)
        if not await _refused(call):
            return call
        other = await self._tokens.other(token)
        return call if other is None else await continuation(_with(client_call_details, other), request)


class _UnaryStream(_Attach, grpc.aio.UnaryStreamClientInterceptor):
    async def intercept_unary_stream(
        self, continuation: _Continuation, client_call_details: grpc.aio.ClientCallDetails, request: Any
    ) -> Any:
        if _has_own(client_call_details):
            return await continuation(client_call_details, request)
        token = await self._tokens.get()

        async def again() -> Any:
            other = await self._tokens.other(token)
            return None if other is None else await continuation(_with(client_call_details, other), request)

        return _answers(await continuation(_with(client_call_details, token), request), again)


class _StreamUnary(_Attach, grpc.aio.StreamUnaryClientInterceptor):
    async def intercept_stream_unary(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: AsyncIterable[Any] | Iterable[Any],
    ) -> Any:
        return await continuation(await self._details(client_call_details), request_iterator)


class _StreamStream(_Attach, grpc.aio.StreamStreamClientInterceptor):
    async def intercept_stream_stream(
        self,
        continuation: _Continuation,
        client_call_details: grpc.aio.ClientCallDetails,
        request_iterator: AsyncIterable[Any] | Iterable[Any],
    ) -> Any:
        return await continuation(await self._details(client_call_details), request_iterator)


async def _refused(call: Any) -> bool:
    try:
        code = await call.code()
    except asyncio.CancelledError:
        # Whoever waits for the answer is gone: so is the call.
        call.cancel()
        raise
    if code is not grpc.StatusCode.UNAUTHENTICATED:
        return False
    return worth_another(
        code,
        grpc.aio.AioRpcError(code, await call.initial_metadata(), await call.trailing_metadata(), await call.details()),
    )


async def _answers(call: Any, again: Callable[[], Awaitable[Any]]) -> AsyncIterator[Any]:
    """The answers of a call that begins anew when its token is refused before the first of them."""
    settled = False
    try:
        while True:
            try:
                async for answer in call:
                    settled = True
                    yield answer
                return
            except grpc.aio.AioRpcError as error:
                if settled or not worth_another(error.code(), error) or (other := await again()) is None:
                    raise
                call, settled = other, True
    finally:
        call.cancel()  # nothing happens to one that has ended


def _has_own(details: grpc.aio.ClientCallDetails) -> bool:
    return any(key == HEADER for key, _ in details.metadata or ())


def _with(details: grpc.aio.ClientCallDetails, token: str) -> grpc.aio.ClientCallDetails:
    return grpc.aio.ClientCallDetails(
        method=details.method,
        timeout=details.timeout,
        metadata=grpc.aio.Metadata(*(details.metadata or ()), bearer(token)),
        credentials=details.credentials,
        wait_for_ready=details.wait_for_ready,
    )
