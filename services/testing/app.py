"""The composition root of the testing service."""

from malha.testing.v1.echo_service_pb2_grpc import add_EchoServiceServicer_to_server
from redis.asyncio import Redis

from services.runtime.logging import configure_logging
from services.runtime.registration import RedisRegistration
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from services.testing.echo import ERRORS, EchoServicer


async def serve(settings: RuntimeSettings) -> None:
    """Serves until told to stop."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    # Without Redis it serves all the same: benchmarks call it directly.
    redis = Redis.from_url(settings.redis_url().get_secret_value()) if settings.redis_url_file else None
    registration = RedisRegistration(redis, settings) if redis else None
    server = ServerBuilder(settings, telemetry=telemetry, errors=ERRORS, registration=registration)
    server.add(add_EchoServiceServicer_to_server, EchoServicer())
    try:
        await server.run()
    finally:
        if redis:
            await redis.aclose()
        telemetry.close()
