"""Prices of machine types, composed of the prices of their parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from services.pricing.adapters.providers.gcp.shapes import Shape
from services.pricing.adapters.providers.gcp.skus import Part, Resource
from services.pricing.domain.money import Money, whole
from services.pricing.domain.offers import Purchase

TERMS: Final = (
    (Purchase.ON_DEMAND, 0),
    (Purchase.SPOT, 0),
    (Purchase.COMMITTED_USE, 12),
    (Purchase.COMMITTED_USE, 36),
)
SUSTAINED: Final[Mapping[str, Decimal]] = {
    "n1": Decimal("0.7"),
    "m1": Decimal("0.7"),
    "n2": Decimal("0.8"),
    "n2d": Decimal("0.8"),
    "c2": Decimal("0.8"),
}
"""What is left of the price on demand after a whole month of use, by family: 30 % off at most for N1 and M1, 20 % for
N2, N2D and C2, nothing for others, as cloud.google.com/compute/docs/sustained-use-discounts is known to say. It was not
read again; the price file behind the reference catalogue gives the same for the families that it has."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Billionths of a dollar for an hour of one unit in one region, the SKU that says so, and since when."""

    nanos: Decimal
    sku: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Composed:
    """The price of a machine type, and what it was made of."""

    hourly: Money
    note: str
    since: datetime | None


class Missing(Exception):
    """A part has no price, though others have."""

    def __init__(self, parts: list[str]) -> None:
        super().__init__(", ".join(parts))
        self.parts = parts


def compose(shape: Shape, rates: Mapping[Part, Rate], purchase: Purchase, months: int) -> Composed | None:
    """The price of a type in a region, exactly; None where none of its own parts is sold so. Raises Missing."""
    amounts = list(_amounts(shape, purchase, months))
    found = [(part, amount, rates.get(part)) for part, amount in amounts]
    # Local SSDs are sold everywhere: that they are there does not say that the type is.
    own = [rate for part, _, rate in found if part.resource is not Resource.SSD]
    if all(rate is None for rate in own):
        return None
    missing = [f"{part.resource} {part.name}".rstrip() for part, _, rate in found if rate is None]
    if missing:
        raise Missing(missing)
    terms = [(part, amount, rate) for part, amount, rate in found if rate is not None]
    nanos = sum((amount * rate.nanos for _, amount, rate in terms), Decimal(0))
    note = " + ".join(f"{amount.normalize():f} {part.resource} of SKU {rate.sku}" for part, amount, rate in terms)
    moments = [rate.since for _, _, rate in terms if rate.since is not None]
    return Composed(Money(whole(nanos)), note, max(moments, default=None))


def sustained(shape: Shape, on_demand: Composed) -> Composed | None:
    """The price of a whole month of use after the discount; None for families that have none."""
    left = SUSTAINED.get(shape.host)
    if left is None:
        return None
    note = f"{left:f} of the price on demand, for a whole month of use: {on_demand.note}"
    return Composed(on_demand.hourly.times(left), note, on_demand.since)


def _amounts(shape: Shape, purchase: Purchase, months: int) -> Iterator[tuple[Part, Decimal]]:
    instance = shape.instance
    if shape.host:
        yield Part(Resource.CORE, shape.host, purchase, months), Decimal(instance.millicpus) / 1000
        yield Part(Resource.RAM, shape.host, purchase, months), shape.gib
    if instance.gpu is not None:
        yield Part(Resource.GPU, shape.gpu, purchase, months), instance.gpu.count
    if shape.ssd_gib:
        yield Part(Resource.SSD, "", purchase, months), Decimal(shape.ssd_gib)
