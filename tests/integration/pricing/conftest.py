"""A catalogue of one's own for each test: an own database, migrated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres import migrate
from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.loading import PostgresLoads
from services.pricing.adapters.postgres.quarantine import PostgresQuarantine
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.loads import RefreshProgress
from services.pricing.domain.offers import Offer
from services.pricing.domain.readings import Batch
from services.pricing.domain.versions import Version
from services.pricing.usecases.install_reference import InstallReference
from services.pricing.usecases.read_version import read_version
from services.pricing.usecases.refresh_catalog import RefreshCatalog
from services.runtime.db import Transaction, make_engine
from services.runtime.settings import RuntimeSettings
from tests.integration.pricing.catalogue import ListedPrices, Shelf, catalogue_of, covers, refreshed
from tests.support.clock import FakeClock
from tests.support.programs import Database, own_database


@pytest.fixture
async def own(database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    async with own_database(database, tmp_path) as made:
        await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=made.owner_file))
        yield made


@pytest.fixture
async def engine(own: Database) -> AsyncIterator[AsyncEngine]:
    made = make_engine(RuntimeSettings(database_url_file=own.service_file))
    yield made
    await made.dispose()


@dataclass
class Record:
    """The record of a catalogue, and what changes it."""

    engine: AsyncEngine
    clock: FakeClock = field(default_factory=FakeClock)
    shelf: Shelf = field(default_factory=Shelf)

    def __post_init__(self) -> None:
        self.catalogue = PostgresCatalogue(self.engine)
        self.loads = PostgresLoads(self.engine, self.clock)
        self.quarantine = PostgresQuarantine(self.engine)
        self.refresh = RefreshCatalog(self.loads, self.catalogue, self.quarantine, self.shelf, self.clock)

    def installing(self, offers: Sequence[Offer]) -> InstallReference:
        """Of a reference catalogue with these offers."""
        return InstallReference(self.loads, self.catalogue, lambda: offers, self.clock)

    async def install(self, offers: Sequence[Offer] | None = None) -> Version:
        """The first version."""
        version = await self.installing(catalogue_of() if offers is None else offers)()
        assert version is not None
        return version

    async def read(self, *batches: Batch | list[Offer], validate_only: bool = False) -> RefreshProgress:
        """Refreshes from these batches; a list of offers is all on-demand offers of us-east-1."""
        self.clock.advance(3600)
        given = [one if isinstance(one, Batch) else Batch(one, coverage=[covers()]) for one in batches]
        self.shelf.source = ListedPrices(given)
        return await refreshed(self.refresh, validate_only=validate_only)

    async def index(self) -> CatalogueIndex:
        """The newest version, as a replica has it."""
        version = await self.catalogue.newest()
        assert version is not None
        return await read_version(self.catalogue, version)

    async def prices(self) -> dict[str, str]:
        """The newest version's offers, with their prices."""
        index = await self.index()
        offers = [index.offer(row) for row in range(len(index))]
        assert await self.recorded() == {one.key.id: one for one in offers}
        return {one.key.id: str(one.hourly.amount.normalize()) for one in offers}

    async def recorded(self) -> dict[str, Offer]:
        """The same from the rows of prices."""
        version = await self.catalogue.newest()
        assert version is not None
        return {one.key.id: one async for page in self.catalogue.offers(version.number) for one in page}

    async def scalar(self, statement: str) -> object:
        """One value from the database."""
        async with Transaction(self.engine) as work:
            return await work.connection.scalar(text(statement))


@pytest.fixture
def record(engine: AsyncEngine) -> Record:
    return Record(engine)
