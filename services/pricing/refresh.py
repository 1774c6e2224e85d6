"""The composition root of the process that refreshes the catalogue: it serves nothing, and loads nothing for that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.loading import PostgresLoads
from services.pricing.adapters.postgres.quarantine import PostgresQuarantine
from services.pricing.adapters.postgres.session import load_engine
from services.pricing.settings import PricingSettings
from services.pricing.usecases.refresh_catalog import RefreshCatalog
from services.runtime.clock import SystemClock


@asynccontextmanager
async def open_refresh(settings: PricingSettings) -> AsyncIterator[RefreshCatalog]:
    """What refreshes, for as long as the block lasts."""
    database, clock = load_engine(settings), SystemClock()
    try:
        record, quarantine = PostgresCatalogue(database), PostgresQuarantine(database)
        loads = PostgresLoads(database, clock, settings.refresh_record_share if settings.refresh_gives_way else 1.0)
        yield RefreshCatalog(loads, record, quarantine, settings.sources(), clock)
    finally:
        await database.dispose()
