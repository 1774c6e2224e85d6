"""The offers of the reference catalogue."""

from __future__ import annotations

from decimal import Decimal

from services.pricing.adapters.reference import tables
from services.pricing.adapters.reference.commitments import commitments
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Offer, OfferKey, Purchase


def load_reference() -> list[Offer]:
    """Every offer, in the order of the tables; offers of one type share one instance, those of one file one source."""
    instances, sources = tables.instances(), tables.sources()
    purchases = {each.value: each for each in Purchase}
    listed = [
        Offer(
            key=OfferKey(instances[name].provider, region, name, purchases[purchase]),
            instance=instances[name],
            hourly=Money.of(Decimal(price)),
            source=sources[source],
        )
        for name, region, purchase, price, source in tables.rows("prices.csv")
    ]
    return [*listed, *commitments(listed, sources)]
