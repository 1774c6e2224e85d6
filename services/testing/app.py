"""The composition root of the testing service."""

from malha.testing.v1.echo_service_pb2_grpc import add_EchoServiceServicer_to_server

from services.runtime.logging import configure_logging
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from services.testing.echo import ERRORS, EchoServicer


async def serve(settings: RuntimeSettings) -> None:
    """Serves until told to stop."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    server = ServerBuilder(settings, telemetry=telemetry, errors=ERRORS)
    server.add(add_EchoServiceServicer_to_server, EchoServicer())
    try:
        await server.run()
    finally:
        telemetry.close()
