"""`python -m bench.bare_echo`: grpcio and nothing else behind EchoService.Echo; what the edge is measured against.

It registers with the mesh whose Redis is named by MALHA_REDIS_URL_FILE and prints its address.
"""

from __future__ import annotations

import asyncio

import grpc
import uvloop
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1 import echo_service_pb2_grpc as pb_grpc
from redis.asyncio import Redis

from services.runtime.registration import RedisRegistration
from services.runtime.settings import RuntimeSettings


class BareEcho(pb_grpc.EchoServiceServicer):
    """Echo alone; the other methods answer UNIMPLEMENTED."""

    async def Echo(self, request: pb.EchoRequest, context: object) -> pb.EchoResponse:  # noqa: N802 - the contract's name
        return pb.EchoResponse(message=request.message)


async def main() -> None:
    """Serve until killed."""
    settings = RuntimeSettings(component="echo", replica="echo-bare")
    server = grpc.aio.server()
    pb_grpc.add_EchoServiceServicer_to_server(BareEcho(), server)  # type: ignore[abstract]
    checks = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    await checks.set("", health_pb2.HealthCheckResponse.SERVING)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    registration = RedisRegistration(Redis.from_url(settings.redis_url().get_secret_value()), settings)
    await registration.announce(address, None)
    print(address, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
