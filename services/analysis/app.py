"""The composition root of the analysis service: settings in, a running server out."""

from __future__ import annotations

from functools import partial

from malha.analysis.v1.analysis_service_pb2_grpc import add_AnalysisServiceServicer_to_server

from services.analysis.adapters.cached_analyser import CachedAnalyser
from services.analysis.adapters.engine.pool import WorkerPool
from services.analysis.adapters.engine.settings import EngineSettings
from services.analysis.adapters.engine.version import analyser_version
from services.analysis.adapters.guarded_store import GuardedStore
from services.analysis.adapters.postgres.sharing import PostgresReportSharing
from services.analysis.adapters.postgres.store import PostgresReportStore
from services.analysis.adapters.postgres.tables import requests
from services.analysis.domain.rules.catalogue import all_rules
from services.analysis.errors import error_map
from services.analysis.ports import ReportStore
from services.analysis.rpc.servicer import AnalysisServicer
from services.analysis.settings import AnalysisSettings
from services.analysis.usecases.analyze_project import AnalyzeProject
from services.analysis.usecases.analyze_source import AnalyzeSource
from services.analysis.usecases.batch_analyze_sources import BatchAnalyzeSources
from services.analysis.usecases.get_report import GetReport
from services.analysis.usecases.get_rule import GetRule
from services.analysis.usecases.list_reports import ListReports
from services.analysis.usecases.list_rules import ListRules
from services.analysis.usecases.share_report import ShareReport
from services.runtime import audit, db
from services.runtime.cache import Cache, CacheMetrics, MemoryCache, RedisCache, TieredCache
from services.runtime.clock import Clock, SystemClock
from services.runtime.idempotency import Ledger
from services.runtime.lifespan import Lifespan
from services.runtime.logging import configure_logging
from services.runtime.redis import check as check_redis
from services.runtime.redis import make_redis
from services.runtime.registration import RedisRegistration
from services.runtime.server import ServerBuilder
from services.runtime.telemetry import start_telemetry

SERVICE = "malha.analysis.v1.AnalysisService"


async def serve(
    settings: AnalysisSettings,
    *,
    clock: Clock | None = None,
    pool: WorkerPool | None = None,
    store: ReportStore | None = None,
    cache: Cache | None = None,
) -> None:
    """Serve until told to stop. What is given takes the place of what the settings would make."""
    configure_logging(settings)
    telemetry = start_telemetry(settings)
    clock = clock or SystemClock()
    errors = error_map()

    async with Lifespan(stop_seconds=settings.grace_seconds) as lifespan:
        redis = make_redis(settings)
        lifespan.on_stop("redis", redis.aclose)
        database = db.make_engine(settings)
        lifespan.on_stop("database", database.dispose)
        pool = pool or WorkerPool(engine_settings(settings))
        await lifespan.start("workers", pool.start, pool.close)

        metrics = CacheMetrics(telemetry.registry)
        version = analyser_version()
        cache = cache or TieredCache(
            [
                MemoryCache(settings.cache_memory_bytes, settings.cache_ttl, clock, metrics=metrics),
                RedisCache(redis, "malha:analysis:", settings.cache_ttl, metrics=metrics),
            ]
        )
        writer = audit.Writer(database, telemetry.registry)
        await lifespan.start("audit", writer.start, writer.close)
        store = store or GuardedStore(PostgresReportStore(database))
        ledger = Ledger(database, requests)
        await lifespan.start("ledger", ledger.start, ledger.close)
        analyser = CachedAnalyser(pool, cache, version)
        rules = {rule.id: rule for rule in all_rules()}

        servicer = AnalysisServicer(
            analyze_source=AnalyzeSource(analyser, store, clock),
            batch_analyze_sources=BatchAnalyzeSources(analyser, store, clock),
            analyze_project=AnalyzeProject(analyser, store, clock, version, settings.analysis_project_batches),
            get_report=GetReport(store),
            list_reports=ListReports(store),
            share_report=ShareReport(clock),
            ledger=ledger,
            open_work=partial(db.UnitOfWork, database),
            sharing=PostgresReportSharing,
            get_rule=GetRule(rules),
            list_rules=ListRules(tuple(rules.values())),
            errors=errors,
        )

        server = ServerBuilder(
            settings,
            telemetry=telemetry,
            errors=errors,
            registration=RedisRegistration(redis, settings),
            required_services=[SERVICE],
            redis=redis,
            extra_stages=[audit.Auditing(writer)],
        )
        server.add(add_AnalysisServiceServicer_to_server, servicer)
        # Without it nothing is kept or found, but sources are analysed, and the answers say so.
        server.health("database", lambda: db.check(database), required=False)
        server.health("workers", pool.check)
        server.health("redis", lambda: check_redis(redis), required=False)
        await server.run()
    telemetry.close()


def engine_settings(settings: AnalysisSettings) -> EngineSettings:
    """What the pool of workers needs of the settings."""
    return EngineSettings(
        workers=settings.analysis_workers,
        max_waiting=settings.analysis_max_waiting,
        source_seconds=settings.analysis_source_seconds,
        worker_memory=settings.analysis_worker_memory,
    )
