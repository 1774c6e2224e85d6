"""`python -m tests.integration.pricing.refresh_child URL_FILE WAY`: the process of a refresh that goes that way."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.loading import PostgresLoads
from services.pricing.adapters.postgres.quarantine import PostgresQuarantine
from services.pricing.adapters.postgres.session import load_engine
from services.pricing.adapters.refreshing.child import run
from services.pricing.domain.readings import Batch, SourceFailed, SourceFailure
from services.pricing.ports import Refresh
from services.pricing.usecases.refresh_catalog import RefreshCatalog
from services.runtime.clock import SystemClock
from services.runtime.settings import RuntimeSettings
from tests.integration.pricing.catalogue import ListedPrices, Shelf, catalogue_of, covers, later


async def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _hang() -> None:
    await asyncio.Event().wait()


def _prices(way: str) -> ListedPrices:
    some = Batch(catalogue_of("0.11", read=later(1)), coverage=[covers()])
    match way:
        case "good":
            return ListedPrices([some])
        case "broken":
            return ListedPrices([some, SourceFailed("https://prices.test", SourceFailure.INVALID, "truncated")])
        case "dying":
            return ListedPrices([some, _die])
        case _:
            return ListedPrices([some, _hang])


@asynccontextmanager
async def _opened(url_file: str, way: str) -> AsyncIterator[Refresh]:
    print("what is printed does no harm")  # noqa: T201
    engine = load_engine(RuntimeSettings(database_url_file=Path(url_file)))
    clock = SystemClock()
    try:
        yield RefreshCatalog(
            PostgresLoads(engine, clock),
            PostgresCatalogue(engine),
            PostgresQuarantine(engine),
            Shelf(_prices(way)),
            clock,
        )
    finally:
        await engine.dispose()


if __name__ == "__main__":
    asyncio.run(run(partial(_opened, *sys.argv[1:])))
