"""The value of each field of one offer, for filters on offers that are in no index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from services.pricing.domain.index import unit_prices
from services.pricing.domain.index.fields import OF_INSTANCE
from services.pricing.domain.index.places import areas_of
from services.pricing.domain.money import NANOS

if TYPE_CHECKING:
    from services.pricing.domain.money import Money
    from services.pricing.domain.offers import Offer
    from services.runtime.listing.matching import Getter


def _units(amount: Money | None) -> float | None:
    return None if amount is None else amount.nanos / NANOS


_OF_OFFER: Final[Mapping[str, Callable[[Offer], Any]]] = {
    "provider": lambda offer: offer.key.provider.name,
    "region": lambda offer: offer.key.region,
    "zone": lambda offer: offer.key.zone,
    "area": lambda offer: areas_of(offer.key.provider, offer.key.region),
    "instance_type": lambda offer: offer.key.instance_type,
    "operating_system": lambda offer: offer.key.os.name,
    "licence": lambda offer: offer.key.licence.name,
    "tenancy": lambda offer: offer.key.tenancy.name,
    "purchase_option": lambda offer: offer.key.purchase.name,
    "term_months": lambda offer: offer.key.term_months,
    "payment_option": lambda offer: offer.key.payment.name if offer.key.payment else None,
    "plan": lambda offer: offer.key.plan,
    "hourly_price": lambda offer: _units(offer.hourly),
    "price_per_vcpu_hour": lambda offer: _units(unit_prices.per_vcpu(offer)),
    "price_per_gib_hour": lambda offer: _units(unit_prices.per_gib(offer)),
    "price_per_gpu_hour": lambda offer: _units(unit_prices.per_gpu(offer)),
    "currency": lambda offer: offer.key.currency,
    "observe_time": lambda offer: offer.source.observed_at,
}


def values_of(offer: Offer) -> Getter:
    """What `services.runtime.listing.matches` wants to evaluate a filter of FIELDS on this offer."""

    def value(field: str) -> Any:
        of_instance = OF_INSTANCE.get(field)
        return _OF_OFFER[field](offer) if of_instance is None else of_instance(offer.instance)

    return value
