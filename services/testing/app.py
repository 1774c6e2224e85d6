"""The composition root of the testing service."""

from malha.testing.v1.counter_service_pb2_grpc import add_CounterServiceServicer_to_server
from malha.testing.v1.echo_service_pb2_grpc import add_EchoServiceServicer_to_server

from services.runtime import db
from services.runtime.idempotency import Ledger
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.redis import make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from services.testing.behaviour import ERRORS
from services.testing.counter import CounterServicer
from services.testing.echo import EchoServicer, system_now
from services.testing.postgres import database_now
from services.testing.relay import Relay
from services.testing.tables import requests


async def serve(settings: RuntimeSettings) -> None:
    """Serves until told to stop.

    Without a database there are no counters, without Redis there is no entry in the registry, without a mesh no relay.
    """
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    async with Lifespan(stop_seconds=settings.grace_seconds) as lifespan:
        redis = make_redis(settings) if settings.redis_url_file else None
        if redis is not None:
            lifespan.on_stop("redis", redis.aclose)
        database = db.make_engine(settings) if settings.database_url_file else None
        if database is not None:
            lifespan.on_stop("database", database.dispose)
        relay = Relay(settings, telemetry.tracer)
        lifespan.on_stop("relay", relay.close)

        registration = RedisRegistration(redis, settings) if redis else None
        server = ServerBuilder(settings, telemetry=telemetry, errors=ERRORS, registration=registration, redis=redis)
        now = system_now if database is None else database_now(database)
        server.add(add_EchoServiceServicer_to_server, EchoServicer(settings, now=now, relay=relay))
        if database is not None:
            ledger = Ledger(database, requests)
            await lifespan.start("ledger", ledger.start, ledger.close)
            server.add(add_CounterServiceServicer_to_server, CounterServicer(database, ledger))
        await server.run()
    telemetry.close()
