"""Runs the chain and the handler of an rpc: one coroutine for each of the four call shapes.

grpc.aio gets no serialisers from us: it hands over and takes bytes. So a message that does not parse, or is too large,
fails inside the chain and with a reason, like everything else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.message import DecodeError
from malha.error.v1.reason_pb2 import Reason

from services.runtime.call import REQUEST_ID_KEY, Call, Metadata, enter
from services.runtime.errors import reason_name
from services.runtime.exceptions import MalformedRequest, MessageTooLarge
from services.runtime.interceptors import Chain
from services.runtime.interceptors.caching import AnswerCache
from services.runtime.method import Method, Shape

STATUS_KEY = "grpc-status-details-bin"
STALE_KEY = "x-malha-stale"
DEGRADED_KEY = "x-malha-degraded"
CHALLENGE_KEY = "www-authenticate"
# Where a call begins, UNAVAILABLE may be tried again; a service that hears it from another one passes it on. If each
# hop tried three times, the last of four would be called 81 times. gRPC's clients know the first key; the second keeps
# Envoy from tries of its own, whatever its name says.
_FIRST_CALLERS = frozenset({"", "edge"})
_NOT_AGAIN: Metadata = (("grpc-retry-pushback-ms", "-1"), ("x-envoy-ratelimited", "true"))
# A replica that stops has not looked at the call: its siblings are asked instead, at every hop.
_ANOTHER_ANSWERS = reason_name(Reason.REASON_SHUTTING_DOWN)
# What the end of a request stream waits for the news that its caller has vanished.
_CANCELLATION_SECONDS = 0.005

Behaviour = Callable[[Any, Any], Any]
Handler = Callable[[Any, Any], Awaitable[Any]]


def make_handler(method: Method, behaviour: Behaviour, chain: Chain) -> Any:
    """The handler that serves `behaviour` behind `chain`, for registration with grpc.aio."""
    shape = method.shape
    if shape is Shape.UNARY_UNARY:
        answers = chain.caching.of(method) if chain.caching is not None else None
        if answers is not None:
            return grpc.unary_unary_rpc_method_handler(_cached(method, behaviour, chain, answers))
        return grpc.unary_unary_rpc_method_handler(_unary_unary(method, behaviour, chain))
    if shape is Shape.UNARY_STREAM:
        return grpc.unary_stream_rpc_method_handler(_unary_stream(method, behaviour, chain))
    if shape is Shape.STREAM_UNARY:
        return grpc.stream_unary_rpc_method_handler(_stream_unary(method, behaviour, chain))
    return grpc.stream_stream_rpc_method_handler(_stream_stream(method, behaviour, chain))


def _unary_unary(method: Method, behaviour: Behaviour, chain: Chain) -> Handler:
    begin, end = chain.begin, chain.end

    async def serve(raw: bytes, context: Any) -> bytes:
        call = Call(method, context)
        enter(call)
        try:
            for hook in begin:
                hook(call)
            request = _parse(call, chain, raw)
            answer = _encode(call, await behaviour(request, context))
            if call.missing:
                await _admit_degraded(call)
            _succeed(call)
            return answer
        except BaseException as error:
            await _fail(call, chain, error)
        finally:
            for hook in end:
                hook(call)

    return serve


def _cached(method: Method, behaviour: Behaviour, chain: Chain, answers: AnswerCache) -> Handler:
    begin, end = chain.begin, chain.end

    async def serve(raw: bytes, context: Any) -> bytes:
        call = Call(method, context)
        enter(call)
        try:
            for hook in begin:
                hook(call)
            request = _parse(call, chain, raw)

            async def make() -> bytes:
                return _encode(call, await behaviour(request, context))

            answer = await answers.answer(call, request, make)
            if call.missing:
                await _admit_degraded(call)
            _succeed(call, () if answer.stale is None else ((STALE_KEY, str(answer.stale)),))
            return answer.raw
        except BaseException as error:
            await _fail(call, chain, error)
        finally:
            for hook in end:
                hook(call)

    return serve


def _stream_unary(method: Method, behaviour: Behaviour, chain: Chain) -> Handler:
    begin, end = chain.begin, chain.end

    async def serve(_: Any, context: Any) -> bytes:
        call = Call(method, context)
        enter(call)
        try:
            for hook in begin:
                hook(call)
            answer = _encode(call, await behaviour(_requests(call, chain), context))
            if call.missing:
                await _admit_degraded(call)
            _succeed(call)
            return answer
        except BaseException as error:
            await _fail(call, chain, error)
        finally:
            for hook in end:
                hook(call)

    return serve


def _unary_stream(method: Method, behaviour: Behaviour, chain: Chain) -> Handler:
    begin, end = chain.begin, chain.end

    async def serve(raw: bytes, context: Any) -> None:
        call = Call(method, context)
        enter(call)
        try:
            for hook in begin:
                hook(call)
            request = _parse(call, chain, raw)
            await _send_all(call, behaviour(request, context))
            _succeed(call)
        except BaseException as error:
            await _fail(call, chain, error)
        finally:
            for hook in end:
                hook(call)

    return serve


def _stream_stream(method: Method, behaviour: Behaviour, chain: Chain) -> Handler:
    begin, end = chain.begin, chain.end

    async def serve(_: Any, context: Any) -> None:
        call = Call(method, context)
        enter(call)
        try:
            for hook in begin:
                hook(call)
            await _send_all(call, behaviour(_requests(call, chain), context))
            _succeed(call)
        except BaseException as error:
            await _fail(call, chain, error)
        finally:
            for hook in end:
                hook(call)

    return serve


async def _requests(call: Call, chain: Chain) -> AsyncIterator[Any]:
    read = call.context.read
    while (raw := await read()) is not grpc.aio.EOF:
        yield _parse(call, chain, raw)
    # A caller that vanished looks like one that finished until the cancellation is delivered: let it arrive first, so
    # that no half-sent stream is taken for a whole one. Under load it takes more than one turn of the loop.
    await asyncio.sleep(_CANCELLATION_SECONDS)


async def _send_all(call: Call, responses: Any) -> None:
    write = call.context.write
    try:
        async for response in responses:
            await write(_encode(call, response))
    finally:
        close = getattr(responses, "aclose", None)
        if close is not None:
            await close()


def _parse(call: Call, chain: Chain, raw: bytes) -> Any:
    method = call.method
    if len(raw) > method.max_request_bytes:
        raise MessageTooLarge(len(raw), method.max_request_bytes)
    try:
        message = method.parse(raw)
    except DecodeError:
        raise MalformedRequest from None
    call.received += 1
    for hook in chain.on_request:
        hook(call, message)
    return message


def _encode(call: Call, message: Any) -> bytes:
    raw: bytes = message.SerializeToString()
    if len(raw) > call.method.max_response_bytes:
        raise MessageTooLarge(len(raw), call.method.max_response_bytes, "response")
    call.sent += 1
    return raw


async def _admit_degraded(call: Call) -> None:
    """Tells in a header what the answer lacks: trailers do not reach a REST caller."""
    await call.context.send_initial_metadata(((DEGRADED_KEY, ", ".join(call.missing)),))


def _succeed(call: Call, trailers: Metadata = ()) -> None:
    call.settle()
    if call.missing:
        trailers += ((DEGRADED_KEY, ", ".join(call.missing)),)
    call.context.set_trailing_metadata(((REQUEST_ID_KEY, call.request_id), *trailers))


async def _fail(call: Call, chain: Chain, error: BaseException) -> NoReturn:
    """Tells the caller, unless the caller is gone; always raises what grpc.aio expects."""
    error = _true_cause(call, error)
    call.settle()
    for hook in chain.on_error:
        hook(call, error)
    failure = call.failure
    if failure is None:
        raise error
    status = failure.to_status(call.request_id)
    trailers: Metadata = ((REQUEST_ID_KEY, call.request_id), (STATUS_KEY, status.SerializeToString()))
    if failure.code is grpc.StatusCode.UNAVAILABLE and call.caller not in _FIRST_CALLERS:
        trailers += () if failure.reason == _ANOTHER_ANSWERS else _NOT_AGAIN
    if failure.challenge:
        trailers += ((CHALLENGE_KEY, failure.challenge),)
    await call.context.abort(failure.code, failure.message, trailers)
    raise AssertionError("abort returned")


def _true_cause(call: Call, error: BaseException) -> BaseException:
    """What a cancellation stands for: our interruption, the caller's leaving, or a fault of the handler."""
    if not isinstance(error, asyncio.CancelledError) or call.task is None:
        return error
    if call.interruption is not None:
        call.task.uncancel()
        return call.interruption
    if call.task.cancelling() == 0:
        # Nobody cancelled this task: the handler let the cancellation of something else escape.
        return RuntimeError("a cancellation escaped from the handler")
    return error
