"""`python -m tests.support.audit_log serve`: the audit log as `identity` serves it, and nothing else of it."""

from __future__ import annotations

import asyncio

from services.identity.audit.wiring import AuditLog
from services.runtime.db import make_engine
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry


async def serve(settings: RuntimeSettings) -> None:
    """Serve until told to stop."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    async with Lifespan() as lifespan:
        engine = make_engine(settings)
        lifespan.on_stop("database", engine.dispose)
        log = AuditLog(engine, telemetry.registry, settings.state_dir)
        await log.run(lifespan)
        server = ServerBuilder(settings, telemetry=telemetry, extra_stages=[log.stage])
        log.serve(server)
        await server.run()
    telemetry.close()


if __name__ == "__main__":
    asyncio.run(serve(RuntimeSettings()))
