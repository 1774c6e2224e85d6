"""From what the catalogue lists to the contract's messages: providers, regions, prices over time, token prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from malha.pricing.v1 import catalog_service_pb2 as pb
from malha.pricing.v1 import offer_pb2

from services.pricing.convert import (
    OFFERS,
    PROVIDERS,
    PURCHASES,
    money_to_proto,
    provenance_to_proto,
    time_to_proto,
)
from services.pricing.domain.changes import PriceChange, PriceSpan
from services.pricing.domain.index import ProviderListing
from services.pricing.domain.offers import Provider
from services.pricing.domain.token_prices import Rate, Rates, TokenPrice
from services.pricing.usecases.list_places import Place

DISPLAY_NAMES: Final = {
    Provider.AWS: "Amazon Web Services",
    Provider.AZURE: "Microsoft Azure",
    Provider.GCP: "Google Cloud",
}


def provider_to_proto(listing: ProviderListing) -> pb.ProviderSummary:
    """What there is of a provider."""
    return pb.ProviderSummary(
        name=f"providers/{listing.provider}",
        provider=PROVIDERS.number(listing.provider),
        display_name=DISPLAY_NAMES[listing.provider],
        regions=listing.regions,
        instance_types=listing.instance_types,
        offers=listing.offers,
        gpu_models=listing.gpu_models,
        purchase_options=map(PURCHASES.number, listing.purchases),
        newest_observe_time=time_to_proto(listing.newest_observed_at),
    )


def region_to_proto(place: Place) -> pb.Region:
    """A region with offers."""
    listing, where = place.listing, place.where
    return pb.Region(
        name=f"providers/{listing.provider}/regions/{listing.code}",
        provider=PROVIDERS.number(listing.provider),
        code=listing.code,
        display_name="" if where is None else where.name,
        country="" if where is None else where.country,
        areas=() if where is None else sorted(where.areas),
        offers=listing.offers,
    )


def span_to_proto(span: PriceSpan) -> pb.PricePoint:
    """A price that an offer had."""
    return pb.PricePoint(
        hourly_price=money_to_proto(span.hourly),
        begin_time=time_to_proto(span.from_time),
        end_time=time_to_proto(span.to_time),
        provenance=provenance_to_proto(span.source, span.from_version),
    )


def change_to_proto(change: PriceChange) -> pb.PriceChange:
    """A change of a price."""
    return pb.PriceChange(
        sequence=change.sequence,
        offer=f"{OFFERS}{change.offer.key.id}",
        old_hourly_price=None if change.old is None else money_to_proto(change.old),
        new_hourly_price=None if change.new is None else money_to_proto(change.new),
        change_time=time_to_proto(change.changed_at),
        provenance=provenance_to_proto(change.offer.source, change.version),
    )


def token_price_to_proto(price: TokenPrice) -> pb.TokenPrice:
    """What a language model costs now."""
    return pb.TokenPrice(
        model_provider=price.provider,
        model=price.model,
        context_tokens=price.context_window,
        rates=_rates(price.rates),
        provenance=offer_pb2.Provenance(
            source=price.source.locator,
            observe_time=time_to_proto(price.source.observed_at),
            note="; ".join(price.source.pages),
        ),
    )


def _rates(rates: Rates) -> list[pb.TokenRate]:
    """The prices from each size of a request on at which one of them changes."""
    known: dict[str, Rate | None] = {
        "input": rates.input,
        "output": rates.output,
        "cached_input": rates.cached_input,
        "cache_write": rates.cache_write,
    }
    steps = sorted({0, *(tier.above for rate in known.values() if rate is not None for tier in rate.tiers)})
    make: Callable[..., pb.TokenRate] = pb.TokenRate
    found = []
    for above in steps:
        prices: dict[str, Any] = {
            name: money_to_proto(rate.of(above + 1)) for name, rate in known.items() if rate is not None
        }
        found.append(make(above_input_tokens=above, **prices))
    return found
