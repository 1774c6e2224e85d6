"""Offers for the tests of the invariants."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from services.pricing.domain.money import Money
from services.pricing.domain.offers import (
    Gpu,
    Instance,
    Offer,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
)

READ = datetime(2026, 11, 20, tzinfo=UTC)


def offer(
    dollars: str,
    *,
    provider: Provider = Provider.AWS,
    region: str = "us-east-1",
    name: str = "m7i.large",
    vcpus: int = 2,
    gib: int = 8,
    gpus: int = 0,
    purchase: Purchase = Purchase.ON_DEMAND,
    os: OperatingSystem = OperatingSystem.LINUX,
    zone: str = "",
    term_months: int = 0,
    payment: Payment = Payment.NOTHING,
    plan: str = "",
    currency: str = "USD",
    upfront: str | None = None,
    read: datetime = READ,
    locator: str = "https://prices.test/list",
    flags: tuple[str, ...] = (),
) -> Offer:
    """An offer that is fine unless told otherwise."""
    return Offer(
        key=OfferKey(
            provider, region, name, purchase, os, zone,
            term_months=term_months, payment=payment, plan=plan, currency=currency,
        ),
        instance=Instance(
            provider=provider,
            type=name,
            family=name.partition(".")[0],
            millicpus=vcpus * 1000,
            memory_mib=gib * 1024,
            gpu=Gpu("T4", Decimal(gpus), 16 * 1024) if gpus else None,
        ),
        hourly=Money.of(dollars, currency),
        source=Source(provider, locator, read),
        upfront=None if upfront is None else Money.of(upfront, currency),
        flags=flags,
    )  # fmt: skip


def reserved(dollars: str, years: int, *, region: str = "us-east-1", upfront: str | None = None) -> Offer:
    """The usual type with a standard reservation."""
    return offer(
        dollars,
        region=region,
        purchase=Purchase.RESERVED,
        term_months=12 * years,
        payment=Payment.ALL_UPFRONT if upfront else Payment.NO_UPFRONT,
        plan="standard",
        upfront=upfront,
    )
