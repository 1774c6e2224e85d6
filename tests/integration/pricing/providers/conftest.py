"""A local server that answers as the providers' interfaces do, and settings that lead there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.pricing.adapters.providers.settings import FetchSettings
from tests.support.price_server import PriceServer, price_server


@pytest_asyncio.fixture
async def server() -> AsyncIterator[PriceServer]:
    async with price_server() as served:
        yield served


@pytest.fixture
def fetching(server: PriceServer, tmp_path: Path) -> FetchSettings:
    """Pauses of a few milliseconds, and a worker that takes its share although other tests want to run."""
    return FetchSettings(
        scratch=tmp_path / "scratch",
        first_pause=0.001,
        longest_pause=0.005,
        idle_seconds=5.0,
        total_seconds=20.0,
        gives_way=False,
        plain_hosts=frozenset({server.host}),
    )
