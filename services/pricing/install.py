"""What a release needs in the database before its first replica starts: tables, reference catalogue and notes."""

from __future__ import annotations

import asyncio

from services.pricing.adapters.knowledge.postgres import PostgresKnowledge
from services.pricing.adapters.postgres import migrate
from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.loading import PostgresLoads
from services.pricing.adapters.postgres.session import load_engine
from services.pricing.adapters.reference import load_reference
from services.pricing.domain.knowledge.loading import load_notes
from services.pricing.settings import PricingSettings
from services.pricing.usecases.install_reference import InstallReference
from services.runtime.clock import SystemClock
from services.runtime.secrets import create_keys


def install(settings: PricingSettings) -> None:
    """Brings the schema to the newest revision, then what the release brings along; what is there already stays."""
    create_keys(settings.needed_keys_file())
    migrate(settings)
    asyncio.run(_install(settings))


async def _install(settings: PricingSettings) -> None:
    database = load_engine(settings)
    try:
        clock = SystemClock()
        await InstallReference(PostgresLoads(database, clock), PostgresCatalogue(database), load_reference, clock)()
        await PostgresKnowledge(database, load_notes()).install()
    finally:
        await database.dispose()
