"""`python -m bench.bare_echo`: grpcio and nothing else behind EchoService.Echo; what the mesh is measured against.

It listens twice, in plaintext for who calls it directly and with the certificate in MALHA_IDENTITY_DIR for Envoy, and
prints both addresses. At SIGUSR1 it tells the registry, whose Redis MALHA_REDIS_URL_FILE names, that it is there; at
SIGUSR2 that it is not.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import grpc
import uvloop
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc
from redis.asyncio import Redis

from services.runtime.identity.files import IdentityFolder
from services.runtime.registration import RedisRegistration
from services.runtime.settings import RuntimeSettings


class BareEcho(pb_grpc.EchoServiceServicer):
    """Echo alone; the other methods answer UNIMPLEMENTED."""

    async def Echo(self, request: pb.EchoRequest, context: object) -> pb.EchoResponse:  # noqa: N802 - the contract's name
        return pb.EchoResponse(message=request.message)


async def main() -> None:
    """Serve until killed."""
    settings = RuntimeSettings(component="echo", replica="echo-bare")
    assert settings.identity_dir is not None
    server = grpc.aio.server()
    pb_grpc.add_EchoServiceServicer_to_server(BareEcho(), server)  # type: ignore[abstract]
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    await checks.set("", health_pb2.HealthCheckResponse.SERVING)
    plain = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    identity = IdentityFolder(settings.identity_dir).last
    credentials = grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.bundle, True)
    meshed = f"127.0.0.1:{server.add_secure_port('127.0.0.1:0', credentials)}"
    await server.start()
    registration = RedisRegistration(Redis.from_url(settings.redis_url().get_secret_value()), settings)
    loop, running = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def begin(work: Coroutine[Any, Any, None]) -> None:
        task = loop.create_task(work)
        running.add(task)
        task.add_done_callback(running.discard)

    loop.add_signal_handler(signal.SIGUSR1, lambda: begin(registration.announce(meshed, None)))
    loop.add_signal_handler(signal.SIGUSR2, lambda: begin(registration.close()))
    print(plain, meshed, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
