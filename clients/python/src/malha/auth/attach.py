"""Puts the token onto every call of a blocking channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import grpc

from malha.auth.tokens import Tokens
from malha.call_details import CallDetails, with_metadata
from malha.errors import from_rpc

HEADER = "authorization"
# A token that the server would not take, though it should have lasted: the clocks differ, its keys are new, or it was
# taken back since its owner may do less than it says.
_WORTH_ANOTHER = frozenset({"TOKEN_EXPIRED", "TOKEN_INVALID", "TOKEN_REVOKED"})


def authorised(channel: grpc.Channel, tokens: Tokens) -> grpc.Channel:
    """The channel, with a token on each call that brings none.

    A unary call that a server refuses for its token is made once more with another one. A call with a request stream
    is not: what was sent of it is gone.
    """
    return grpc.intercept_channel(channel, _Attach(tokens))


def bearer(token: str) -> tuple[str, str]:
    """The header of a call that is made with the token."""
    return HEADER, f"Bearer {token}"


def worth_another(code: grpc.StatusCode | None, error: Any) -> bool:
    """Whether a call that ended so should be made again with another token."""
    return code is grpc.StatusCode.UNAUTHENTICATED and from_rpc(error).reason in _WORTH_ANOTHER


class _Attach(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Adds the header to a call of any shape."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def _unary_unary(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        if _has_own(details):
            return continuation(details, request)
        token = self._tokens.get()
        call = continuation(_with(details, token), request)
        # A future that is not done yet is its caller's to await.
        if not (call.done() and worth_another(call.code(), call)):
            return call
        other = self._tokens.other(token)
        return call if other is None else continuation(_with(details, other), request)

    def _unary_stream(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        if _has_own(details):
            return continuation(details, request)
        token = self._tokens.get()

        def again() -> Any:
            other = self._tokens.other(token)
            return None if other is None else continuation(_with(details, other), request)

        return _Stream(continuation(_with(details, token), request), again)

    def _stream(self, continuation: Callable[[Any, Any], Any], details: Any, requests: Any) -> Any:
        if _has_own(details):
            return continuation(details, requests)
        return continuation(_with(details, self._tokens.get()), requests)

    intercept_unary_unary: Any = _unary_unary
    intercept_unary_stream: Any = _unary_stream
    intercept_stream_unary: Any = _stream
    intercept_stream_stream: Any = _stream


class _Stream:
    """The answers of a call that begins anew when its token is refused before the first of them."""

    def __init__(self, call: Any, again: Callable[[], Any]) -> None:
        self._call = call
        self._again: Callable[[], Any] | None = again

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        again, self._again = self._again, None
        try:
            return next(self._call)
        except grpc.RpcError as error:
            if again is None or not worth_another(cast("grpc.Call", error).code(), error) or (call := again()) is None:
                raise
            self._call = call
        return next(self._call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)


def _has_own(details: Any) -> bool:
    return any(key == HEADER for key, _ in details.metadata or ())


def _with(details: Any, token: str) -> CallDetails:
    return with_metadata(details, bearer(token))
