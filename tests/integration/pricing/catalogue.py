"""Offers, sources and loads for the tests of the catalogue's record."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from services.pricing.domain.loads import RefreshProgress, RefreshRequest
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Architecture, Instance, Offer, OfferKey, Provider, Purchase, Source
from services.pricing.domain.readings import Batch, Coverage, PriceSource, Progress, Validator
from services.pricing.usecases.refresh_catalog import RefreshCatalog

DOCUMENT = "https://prices.test/aws/us-east-1.json"
READ = datetime(2026, 11, 20, 12, tzinfo=UTC)


def offer(
    type_: str = "m7i.large",
    price: str = "0.1008",
    *,
    region: str = "us-east-1",
    provider: Provider = Provider.AWS,
    purchase: Purchase = Purchase.ON_DEMAND,
    read: datetime = READ,
) -> Offer:
    """An offer whose size follows from its name: `large` has 2 vCPUs and 8 GiB, each `x` before it twice as much."""
    scale = 2 ** type_.count("x")
    family = type_.split(".")[0]
    instance = Instance(provider, type_, family, 2000 * scale, 8192 * scale, architecture=Architecture.X86_64)
    source = Source(provider, DOCUMENT, read, effective_from=datetime(2026, 11, 1, tzinfo=UTC))
    return Offer(OfferKey(provider, region, type_, purchase), instance, Money.of(price), source)


def catalogue_of(price: str = "0.1008", *, read: datetime = READ, region: str = "us-east-1") -> list[Offer]:
    """Three types, of which the first has this price."""
    return [
        offer("m7i.large", price, region=region, read=read),
        offer("c7i.large", "0.08925", region=region, read=read),
        offer("r7i.large", "0.1323", region=region, read=read),
    ]


def covers(region: str = "us-east-1", **changes: object) -> Coverage:
    """That all on-demand offers of a region were read."""
    on_demand = frozenset({Purchase.ON_DEMAND})
    whole = Coverage(Provider.AWS, "on_demand", region, DOCUMENT, validator=Validator('"1"'), purchases=on_demand)
    return replace(whole, **changes)  # type: ignore[arg-type]


@dataclass
class ListedPrices:
    """A source that gives these batches; an exception among them is raised, and what can be called is waited for."""

    batches: Sequence[Batch | Exception | Callable[[], Awaitable[object]]]
    known: list[Mapping[str, Validator]] = field(default_factory=list)
    closed: bool = False
    name: str = "aws"

    async def read(
        self, progress: Callable[[Progress], None], known: Mapping[str, Validator]
    ) -> AsyncGenerator[Batch, None]:
        self.known.append(known)
        try:
            for number, batch in enumerate(self.batches):
                progress(Progress(DOCUMENT, number, None, number, number, 0, 0, 0, 1))
                if isinstance(batch, Exception):
                    raise batch
                if isinstance(batch, Batch):
                    yield batch
                else:
                    await batch()
        finally:
            self.closed = True


@dataclass
class Shelf:
    """Which source there is for AWS."""

    source: PriceSource = field(default_factory=lambda: ListedPrices(()))

    def __call__(self, provider: Provider, regions: Sequence[str]) -> Sequence[PriceSource]:
        return [self.source]


async def refreshed(refresh: RefreshCatalog, *, validate_only: bool = False) -> RefreshProgress:
    """The last word of a refresh."""
    return [one async for one in refresh(RefreshRequest((Provider.AWS,), validate_only=validate_only))][-1]


def later(hours: int) -> datetime:
    """So long after the first reading."""
    return READ + timedelta(hours=hours)
