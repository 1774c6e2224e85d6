"""The composition root of the pricing service: settings in, a running server out."""

from __future__ import annotations

from malha.pricing.v1.advisor_service_pb2_grpc import add_AdvisorServiceServicer_to_server
from malha.pricing.v1.alert_service_pb2_grpc import add_AlertServiceServicer_to_server
from malha.pricing.v1.catalog_service_pb2_grpc import add_CatalogServiceServicer_to_server
from malha.pricing.v1.ingest_service_pb2_grpc import add_IngestServiceServicer_to_server
from malha.pricing.v1.question_service_pb2_grpc import add_QuestionServiceServicer_to_server

from services.pricing.adapters.knowledge.postgres import PostgresKnowledge
from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.feed import PostgresVersionFeed
from services.pricing.adapters.postgres.outbox import PostgresOutbox
from services.pricing.adapters.postgres.tables import requests
from services.pricing.adapters.token_prices import load_catalogue as load_token_prices
from services.pricing.adapters.webhooks import HttpWebhook
from services.pricing.adapters.workbench import Workbench
from services.pricing.domain.advice import solving
from services.pricing.domain.index import Holder
from services.pricing.domain.knowledge.loading import load_notes
from services.pricing.errors import error_map
from services.pricing.rpc.servicers import AdviceRpcs
from services.pricing.settings import PricingSettings
from services.pricing.usecases.advise import Advise
from services.pricing.usecases.deliver_alerts import DeliverAlerts
from services.pricing.usecases.follow_catalogue import FollowCatalogue
from services.pricing.wiring import alert_rpcs, catalogue_rpcs, ingest_rpcs, question_rpcs
from services.runtime import audit, db
from services.runtime.clock import Clock, SystemClock
from services.runtime.idempotency import Ledger
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.redis import check as check_redis
from services.runtime.redis import make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.secrets import KeyRing, Vault
from services.runtime.server import ServerBuilder
from services.runtime.telemetry import start_telemetry

SERVICES = tuple(f"malha.pricing.v1.{name}Service" for name in ("Catalog", "Advisor", "Question", "Ingest", "Alert"))


async def serve(settings: PricingSettings, *, clock: Clock | None = None, holder: Holder | None = None) -> None:
    """Serve until told to stop. What is given takes the place of what the settings would make."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    clock, holder, errors = clock or SystemClock(), holder or Holder(), error_map()

    async with Lifespan(stop_seconds=settings.grace_seconds) as lifespan:
        redis = make_redis(settings)
        lifespan.on_stop("redis", redis.aclose)
        database = db.make_engine(settings)
        lifespan.on_stop("database", database.dispose)
        vault = Vault(KeyRing(settings.needed_keys_file()))
        workbench = Workbench(settings.advice_threads, settings.advice_most_waiting)
        lifespan.on_stop("advice", workbench.close)

        writer = audit.Writer(database, telemetry.registry)
        await lifespan.start("audit", writer.start, writer.close)
        ledger = Ledger(database, requests)
        await lifespan.start("ledger", ledger.start, ledger.close)
        record, feed = PostgresCatalogue(database), PostgresVersionFeed(database)
        await lifespan.start("versions", feed.start, feed.close)
        follow = FollowCatalogue(record, feed, holder)
        await lifespan.start("catalogue", follow.start, follow.close)
        webhook = HttpWebhook(allow_local=settings.local_webhooks)
        deliver = DeliverAlerts(PostgresOutbox(database, vault), webhook, feed, clock)
        await lifespan.start("alerts", deliver.start, deliver.close)

        advise = Advise(holder, workbench, record, clock)
        knowledge = PostgresKnowledge(database, load_notes())
        server = ServerBuilder(
            settings,
            telemetry=telemetry,
            errors=errors,
            registration=RedisRegistration(redis, settings),
            required_services=SERVICES,
            redis=redis,
            extra_stages=[audit.Auditing(writer)],
        )
        server.add(add_CatalogServiceServicer_to_server, catalogue_rpcs(holder, record, feed, clock))
        server.add(add_AdvisorServiceServicer_to_server, AdviceRpcs(advise=advise))
        server.add(add_QuestionServiceServicer_to_server, question_rpcs(advise, record, knowledge))
        server.add(add_IngestServiceServicer_to_server, ingest_rpcs(settings, database, ledger, clock))
        server.add(add_AlertServiceServicer_to_server, alert_rpcs(database, ledger, vault, webhook, clock))
        server.health("catalogue", follow.check)
        # Without it nothing is refreshed, and history is not told; prices are, from memory.
        server.health("database", lambda: db.check(database), required=False)
        server.health("redis", lambda: check_redis(redis), required=False)
        # Not earlier: whoever waits for this replica waits for what is above.
        workbench.prepare(solving.load)
        workbench.prepare(load_token_prices)
        await server.run()
    telemetry.close()
