"""Google's prices: on demand, spot, sustained use and commitments, of all regions together."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from urllib.parse import urlencode, urljoin

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.reading import open_reader
from services.pricing.adapters.providers.requests import Document
from services.pricing.adapters.providers.settings import FetchSettings, GcpSettings
from services.pricing.domain.geography import regions
from services.pricing.domain.offers import Provider, Purchase
from services.pricing.domain.readings import Batch, Coverage, Progress, SourceFailed, SourceFailure, Validator

COMPUTE = "compute"
_PURCHASES = frozenset({
    Purchase.ON_DEMAND, Purchase.SPOT, Purchase.SUSTAINED_USE, Purchase.COMMITTED_USE,
})  # fmt: skip


class GcpPrices:
    """A `PriceSource`. The interface has pages and no versions: there is nothing to ask for on a condition."""

    name = "gcp"

    def __init__(self, settings: GcpSettings, fetching: FetchSettings) -> None:
        self.settings = settings
        self._fetching = fetching

    async def read(
        self, progress: Callable[[Progress], None], known: Mapping[str, Validator]
    ) -> AsyncGenerator[Batch, None]:
        """All pages, then the machine types that they come to. Raises SourceFailed."""
        settings = self.settings
        addresses = Addresses.of((settings.prices_url,), self._fetching.plain_hosts)
        shown = urljoin(settings.prices_url, f"/v1/services/{settings.service}/skus")
        async with open_reader(Provider.GCP, self._fetching, addresses, progress) as reader:
            token, tokens = "", {""}
            while True:
                # The key goes into a header: what is in a URL is written into logs.
                fetched = await reader.fetch(Document(self._page(shown, token), headers=self._key()), name="page")
                assert fetched is not None  # nothing was known of it
                async with aclosing(reader.parse("page", shown, fetched, regions=settings.regions)) as batches:
                    async for batch in batches:
                        yield batch
                reader.documents_done += 1
                token = reader.done.following
                if not token:
                    break
                if token in tokens or len(tokens) >= settings.largest_pages:
                    raise SourceFailed(shown, SourceFailure.INVALID, "the pages do not end")
                tokens.add(token)
            async with aclosing(reader.parse("end", shown, None, regions=settings.regions)) as batches:
                async for batch in batches:
                    yield batch
            # The pages are of all regions at once: those that have no price any more are covered, too.
            codes = settings.regions or tuple(region.code for region in regions(Provider.GCP))
            yield Batch(coverage=[
                Coverage(Provider.GCP, COMPUTE, code, shown, purchases=_PURCHASES) for code in codes
            ])  # fmt: skip

    def _page(self, url: str, token: str) -> str:
        query = {"currencyCode": "USD", "pageSize": str(self.settings.page_size)}
        return f"{url}?{urlencode(query | ({'pageToken': token} if token else {}))}"

    def _key(self) -> dict[str, str]:
        return {"x-goog-api-key": self.settings.api_key.strip()}
