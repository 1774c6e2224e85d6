"""The standard health service, as Envoy and the mesh ask it: `grpc.health.v1.Health`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from services.limits.wire.call import Call, Route
from services.runtime.exceptions import MalformedRequest
from services.runtime.health import Health
from services.runtime.method import Shape, platform_method

SERVICE: Final = "grpc.health.v1.Health"


def routes(health: Health) -> list[Route]:
    """Check and List; nobody watches a limiter."""
    return [
        _route("Check", health_pb2.HealthCheckRequest.FromString, health.Check),
        _route("List", health_pb2.HealthListRequest.FromString, health.List),
    ]


def _route(name: str, parse: Callable[[bytes], Any], behaviour: Callable[[Any, Any], Awaitable[Any]]) -> Route:
    running: set[asyncio.Task[None]] = set()

    async def answer(call: Call, request: Any) -> None:
        try:
            call.answer((await behaviour(request, None)).SerializeToString())
        except Exception as error:
            call.fail(error)

    def serve(call: Call, message: bytes) -> None:
        try:
            request = parse(message)
        except DecodeError:
            raise MalformedRequest from None
        task = asyncio.get_running_loop().create_task(answer(call, request))
        running.add(task)
        task.add_done_callback(running.discard)

    return Route(platform_method(SERVICE, name, Shape.UNARY_UNARY, parse), serve, bounded=False)
