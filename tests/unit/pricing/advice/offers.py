"""Small catalogues for tests, written in words: `aws us-east-1 m7i.large 2/8 on_demand 0.1008`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Gpu, Instance, Offer, OfferKey, Payment, Provider, Purchase, Source
from services.pricing.domain.versions import Origin, Version

READ = datetime(2026, 11, 20, tzinfo=UTC)


def offer(words: str) -> Offer:
    """Provider, region, type, vCPUs/GiB or vCPUs/GiB/GPUs x model, purchase, hourly price; then, of a commitment, its
    term in months, payment option and upfront payment."""
    provider, region, name, size, purchase, price, *rest = words.split()
    vcpus, memory, *gpus = size.split("/")
    term, payment, upfront = [*rest, *("0", "", "")[len(rest) :]]
    key = OfferKey(
        Provider(provider), region, name, Purchase(purchase), term_months=int(term), payment=Payment(payment)
    )
    instance = Instance(
        provider=key.provider,
        type=name,
        family=name.partition(".")[0],
        millicpus=int(Decimal(vcpus) * 1000),
        memory_mib=int(Decimal(memory) * 1024),
        gpu=_gpu(gpus[0]) if gpus else None,
    )
    source = Source(key.provider, "https://prices.example/list", READ)
    return Offer(key, instance, Money.of(price), source, Money.of(upfront) if upfront else None)


def _gpu(words: str) -> Gpu:
    count, model = words.split("x", 1)
    return Gpu(model, Decimal(count), 80 * 1024)


def catalogue(offers: Iterable[Offer | str]) -> CatalogueIndex:
    """An index of these offers."""
    made = [offer(each) if isinstance(each, str) else each for each in offers]
    return CatalogueIndex.build(Version(1, READ, Origin.REFERENCE, READ, READ, len(made)), made)
