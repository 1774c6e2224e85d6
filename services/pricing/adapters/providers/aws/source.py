"""Amazon's prices: on demand and reserved, savings plans, spot where there are credentials, interruptions."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import urlencode, urljoin

from services.pricing.adapters.providers.addresses import Addresses
from services.pricing.adapters.providers.aws.index import OFFERS, PLANS, read_offers, read_plans
from services.pricing.adapters.providers.aws.spot import DESCRIPTIONS
from services.pricing.adapters.providers.reading import Reader, known_of, open_reader
from services.pricing.adapters.providers.regions import is_region, locate
from services.pricing.adapters.providers.requests import Document, Fetched
from services.pricing.adapters.providers.settings import AwsCredentials, AwsSettings, FetchSettings
from services.pricing.adapters.providers.signing import Signer
from services.pricing.domain.geography import regions
from services.pricing.domain.offers import Provider, Purchase
from services.pricing.domain.readings import Batch, Coverage, Progress, SourceFailed, SourceFailure, Validator

PRICES, SAVINGS, SPOT, INTERRUPTIONS = "on_demand_and_reserved", "savings_plans", "spot", "interruptions"
_PURCHASES = {
    PRICES: frozenset({Purchase.ON_DEMAND, Purchase.RESERVED}),
    SAVINGS: frozenset({Purchase.SAVINGS_PLAN}),
    SPOT: frozenset({Purchase.SPOT}),
    INTERRUPTIONS: frozenset[Purchase](),
}
_SPOT_PAGES = 2_000
_SPOT_PAGE = 1_000


class AwsPrices:
    """A `PriceSource`."""

    name = "aws"

    def __init__(self, settings: AwsSettings, fetching: FetchSettings) -> None:
        self.settings = settings
        self._fetching = fetching

    async def read(
        self, progress: Callable[[Progress], None], known: Mapping[str, Validator]
    ) -> AsyncGenerator[Batch, None]:
        """Region after region, each part of one covered as soon as it is read. Raises SourceFailed."""
        async with open_reader(Provider.AWS, self._fetching, self._addresses(), progress) as reader:
            offers = await self._index(reader, OFFERS, read_offers)
            plans = await self._index(reader, PLANS, read_plans) if self.settings.savings_plans else {}
            codes = self._codes(offers)
            reader.documents_total = len(codes) + sum(code in plans for code in codes) + self.settings.advisor
            for code in codes:
                async with aclosing(self._read_region(reader, code, offers[code], plans.get(code), known)) as batches:
                    async for batch in batches:
                        yield batch
            if self.settings.advisor:
                async with aclosing(self._read_advisor(reader, known)) as batches:
                    async for batch in batches:
                        yield batch

    def _addresses(self) -> Addresses:
        settings = self.settings
        codes = settings.regions or tuple(region.code for region in regions(Provider.AWS))
        spots = tuple(settings.spot_url.format(region=code) for code in codes) if settings.credentials else ()
        urls = (settings.prices_url, settings.advisor_url, *spots)
        return Addresses.of(urls, self._fetching.plain_hosts)

    async def _index(
        self, reader: Reader, path: str, read: Callable[[bytes, str], Mapping[str, str]]
    ) -> Mapping[str, str]:
        url = urljoin(self.settings.prices_url, path)
        fetched = await reader.fetch(Document(url))
        assert fetched is not None  # nothing was known of it
        return read(await reader.page(fetched, url), url)

    def _codes(self, offers: Mapping[str, str]) -> list[str]:
        """The regions to read, in order, each followed by its Local Zones where they are wanted."""
        wanted = self.settings.regions or tuple(code for code in offers if is_region(Provider.AWS, code))
        missing = [code for code in wanted if code not in offers]
        if missing:
            detail = f"there is no price file for {', '.join(missing)[:200]}"
            raise SourceFailed(self.settings.prices_url, SourceFailure.INVALID, detail)
        codes = set(wanted)
        if self.settings.local_zones:
            codes |= {code for code in offers if (place := locate(Provider.AWS, code)) and place[0] in wanted}
        return sorted(codes)

    async def _read_region(
        self, reader: Reader, code: str, prices_url: str, plans_url: str | None, known: Mapping[str, Validator]
    ) -> AsyncGenerator[Batch, None]:
        """Prices, plans and spot of a region rest on its price file: where one of them has changed, that is read."""
        prices = await reader.fetch(Document(prices_url), known_of(known, prices_url), "prices")
        plans = None
        if plans_url is not None:
            plans = await reader.fetch(Document(plans_url), known_of(known, plans_url), "plans")
        spot = self.settings.credentials is not None and is_region(Provider.AWS, code)
        if prices is None and (plans is not None or spot):
            prices = await reader.fetch(Document(prices_url), None, "prices")
        if prices is not None:
            async with aclosing(self._parse(reader, "ec2", prices_url, prices, code, PRICES)) as batches:
                async for batch in batches:
                    yield batch
        else:
            yield self._unchanged(reader, prices_url, code, PRICES, known)
        if plans_url is not None and plans is not None:
            async with aclosing(self._parse(reader, "savings", plans_url, plans, code, SAVINGS)) as batches:
                async for batch in batches:
                    yield batch
        elif plans_url is not None:
            yield self._unchanged(reader, plans_url, code, SAVINGS, known)
        if self.settings.credentials is not None and spot:
            async with aclosing(self._read_spot(reader, code, self.settings.credentials)) as batches:
                async for batch in batches:
                    yield batch

    async def _parse(
        self, reader: Reader, parser: str, url: str, fetched: Fetched, code: str, part: str
    ) -> AsyncGenerator[Batch, None]:
        async with aclosing(reader.parse(parser, url, fetched, code, self.settings.regions)) as batches:
            async for batch in batches:
                yield batch
        reader.documents_done += 1
        published = reader.done.published_at
        yield Batch(coverage=[
            _coverage(part, code, url, validator=fetched.validator, published_at=published)
        ])  # fmt: skip

    def _unchanged(self, reader: Reader, url: str, code: str, part: str, known: Mapping[str, Validator]) -> Batch:
        reader.documents_done += 1
        return Batch(coverage=[_coverage(part, code, url, unchanged=True, validator=known[url])])

    async def _read_spot(self, reader: Reader, code: str, credentials: AwsCredentials) -> AsyncGenerator[Batch, None]:
        """The prices of this moment: the history is asked to begin now, and says what holds since then."""
        url = self.settings.spot_url.format(region=code) + "/"
        token, tokens = "", {""}
        while True:
            document = _spot_document(url, code, token, credentials)
            fetched = await reader.fetch(document, None, "spot")
            assert fetched is not None
            async with aclosing(reader.parse("spot", url, fetched, code)) as batches:
                async for batch in batches:
                    yield batch
            token = reader.done.following
            if not token:
                break
            if token in tokens or len(tokens) > _SPOT_PAGES:
                raise SourceFailed(url, SourceFailure.INVALID, "the pages do not end")
            tokens.add(token)
        async with aclosing(reader.parse("spot-end", url, None, code)) as batches:
            async for batch in batches:
                yield batch
        yield Batch(coverage=[_coverage(SPOT, code, url)])

    async def _read_advisor(self, reader: Reader, known: Mapping[str, Validator]) -> AsyncGenerator[Batch, None]:
        url = self.settings.advisor_url
        fetched = await reader.fetch(Document(url), known_of(known, url))
        if fetched is None:
            yield self._unchanged(reader, url, "", INTERRUPTIONS, known)
            return
        async with aclosing(self._parse(reader, "advisor", url, fetched, "", INTERRUPTIONS)) as batches:
            async for batch in batches:
                yield batch


def _coverage(
    part: str,
    code: str,
    url: str,
    *,
    unchanged: bool = False,
    validator: Validator | None = None,
    published_at: datetime | None = None,
) -> Coverage:
    return Coverage(
        Provider.AWS, part, code, url, unchanged, validator or Validator(), published_at, _PURCHASES[part]
    )  # fmt: skip


def _spot_document(url: str, region: str, token: str, credentials: AwsCredentials) -> Document:
    now = datetime.now(UTC)
    form = {
        "Action": "DescribeSpotPriceHistory",
        "Version": "2016-11-15",
        "StartTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "MaxResults": str(_SPOT_PAGE),
        **{f"ProductDescription.{number}": name for number, name in enumerate(DESCRIPTIONS, 1)},
    }
    if token:
        form["NextToken"] = token
    return Document(url, form=urlencode(form).encode(), signer=Signer(credentials, region, "ec2"))
