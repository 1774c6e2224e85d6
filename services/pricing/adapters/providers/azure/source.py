"""Azure's prices: on demand, spot, low priority, reservations and savings plans, region by region."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from urllib.parse import urlencode

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.reading import Reader, open_reader
from services.pricing.adapters.providers.requests import Document
from services.pricing.adapters.providers.settings import AzureSettings, FetchSettings
from services.pricing.domain.geography import Partition, regions
from services.pricing.domain.offers import Provider, Purchase
from services.pricing.domain.readings import Batch, Coverage, Progress, SourceFailed, SourceFailure, Validator

PRICES = "virtual_machines"
_PURCHASES = frozenset({
    Purchase.ON_DEMAND, Purchase.SPOT, Purchase.LOW_PRIORITY, Purchase.RESERVED, Purchase.SAVINGS_PLAN,
})  # fmt: skip


class AzurePrices:
    """A `PriceSource`. The interface has pages and no versions: there is nothing to ask for on a condition."""

    name = "azure"

    def __init__(self, settings: AzureSettings, fetching: FetchSettings) -> None:
        self.settings = settings
        self._fetching = fetching

    async def read(
        self, progress: Callable[[Progress], None], known: Mapping[str, Validator]
    ) -> AsyncGenerator[Batch, None]:
        """Region after region; a region is told when its last page is there. Raises SourceFailed."""
        addresses = Addresses.of((self.settings.prices_url,), self._fetching.plain_hosts)
        async with open_reader(Provider.AZURE, self._fetching, addresses, progress) as reader:
            for region in self._regions():
                async with aclosing(self._read_region(reader, region)) as batches:
                    async for batch in batches:
                        yield batch

    def _regions(self) -> tuple[str, ...]:
        """What is asked for; else all commercial ones, since this interface has no others."""
        known = regions(Provider.AZURE)
        return self.settings.regions or tuple(
            region.code for region in known if region.partition is Partition.COMMERCIAL
        )

    async def _read_region(self, reader: Reader, region: str) -> AsyncGenerator[Batch, None]:
        first = self._first_page(region)
        url, seen = first, set[str]()
        while url:
            if url in seen or len(seen) >= self.settings.largest_pages:
                raise SourceFailed(first, SourceFailure.INVALID, "the pages do not end")
            seen.add(url)
            fetched = await reader.fetch(Document(url), name="page")
            assert fetched is not None  # nothing was known of it
            async with aclosing(reader.parse("page", url, fetched, region)) as batches:
                async for batch in batches:
                    yield batch
            reader.documents_done += 1
            url = reader.done.following
        async with aclosing(reader.parse("end", first, None, region)) as batches:
            async for batch in batches:
                yield batch
        yield Batch(coverage=[Coverage(Provider.AZURE, PRICES, region, first, purchases=_PURCHASES)])

    def _first_page(self, region: str) -> str:
        """Values of a filter are told apart by case since version 2023-01-01-preview."""
        choice = f"serviceName eq 'Virtual Machines' and armRegionName eq '{region}'"
        query = {"api-version": self.settings.api_version, "meterRegion": "'primary'", "$filter": choice}
        return f"{self.settings.prices_url}?{urlencode(query)}"
