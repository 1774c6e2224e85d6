"""An EchoService in this process, on the real runtime, and a channel to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import grpc
import pytest
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub, add_EchoServiceServicer_to_server
from redis.asyncio import Redis

from services.runtime.auth.authority import Authority
from services.runtime.registration import Registration
from services.runtime.server import Server, ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import Telemetry, start_telemetry
from services.testing.behaviour import ERRORS
from services.testing.echo import EchoServicer


class Running:
    """A server, its telemetry, and a plain channel to it."""

    def __init__(self, server: Server, telemetry: Telemetry, channel: grpc.aio.Channel) -> None:
        self.server = server
        self.telemetry = telemetry
        self.channel = channel
        self.stub: Any = EchoServiceStub(channel)

    def figure(self, name: str, **labels: str) -> float:
        """The value of one series; 0 when it does not exist."""
        return self.telemetry.registry.get_sample_value(name, labels) or 0.0


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts servers: `await start(servicer=..., build=lambda builder: ..., max_concurrent_calls=...)`."""
    async with AsyncExitStack() as stack:

        async def begin(
            servicer: Any = None,
            build: Callable[[ServerBuilder], object] = lambda _: None,
            redis: Redis | None = None,
            authority: Authority | None = None,
            registration: Registration | None = None,
            **changes: Any,
        ) -> Running:
            settings = RuntimeSettings(**({"drain_seconds": 0.05, "grace_seconds": 2.0} | changes))
            telemetry = start_telemetry(settings)
            builder = ServerBuilder(
                settings,
                telemetry=telemetry,
                errors=ERRORS,
                registration=registration,
                redis=redis,
                authority=authority,
            )
            builder.add(add_EchoServiceServicer_to_server, servicer or EchoServicer())
            build(builder)
            server = builder.build()
            await server.start()
            stack.push_async_callback(server.stop, 0)
            channel = grpc.aio.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)])
            stack.push_async_callback(channel.close)
            return Running(server, telemetry, channel)

        yield begin


@pytest.fixture
async def running(start: Start) -> Running:
    """A server with the default settings."""
    return await start()
