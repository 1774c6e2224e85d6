"""Offers side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.pricing.domain.advice import amounts
from services.pricing.domain.advice.candidates import Candidates
from services.pricing.domain.advice.checks import MOST_INSTANCES, check_usage, within
from services.pricing.domain.advice.errors import RequestInvalid
from services.pricing.domain.advice.resolving import cheapest_of_each, offer_of
from services.pricing.domain.advice.types.comparison import Compared, CompareRequest, Comparison, Difference
from services.pricing.domain.offers import OfferKey

if TYPE_CHECKING:
    from services.pricing.domain.index import CatalogueIndex
    from services.pricing.domain.offers import Offer

MOST_SUBJECTS = 100


def compare(index: CatalogueIndex, request: CompareRequest) -> Comparison:
    """The subjects' offers, the cheapest by the month first, each once. Raises RequestInvalid."""
    within("subjects", len(request.subjects), 1, MOST_SUBJECTS)
    within("quantity", request.quantity, 1, MOST_INSTANCES)
    within("limit", request.limit, 1)
    check_usage("usage", request.usage)
    found, missing = _resolved(index, request)
    if len({offer.hourly.currency for offer, _ in found}) > 1:
        raise RequestInvalid("subjects", "offers of more than one currency")
    hours = request.usage.hours
    found.sort(key=lambda pair: pair[0].hourly.nanos * amounts.paid_hours(pair[0], hours))
    shown = found[: request.limit]
    return Comparison(
        version=index.version,
        hours_a_month=hours,
        rows=tuple(_row(offer, subject, shown[0][0], request, hours) for offer, subject in shown),
        missing=tuple(missing),
        left_off=len(found) - len(shown),
    )


def _resolved(index: CatalogueIndex, request: CompareRequest) -> tuple[list[tuple[Offer, int]], list[int]]:
    found: dict[str, tuple[Offer, int]] = {}
    missing = []
    for position, subject in enumerate(request.subjects):
        if isinstance(subject, OfferKey):
            one = offer_of(index, subject)
            offers = [] if one is None else [one]
        else:
            offers = cheapest_of_each(Candidates.of(index, subject), request.usage.hours, request.split)
        if not offers:
            missing.append(position)
        for offer in offers:
            found.setdefault(offer.key.id, (offer, position))
    return list(found.values()), missing


def _row(offer: Offer, subject: int, cheapest: Offer, request: CompareRequest, hours: Decimal) -> Compared:
    quantity = request.quantity
    hourly = amounts.running(offer, quantity)
    monthly = amounts.monthly(offer, quantity, hours)
    yearly = amounts.yearly(offer, quantity, hours)
    least = amounts.monthly(cheapest, quantity, hours)
    above = amounts.less(monthly, least)
    return Compared(
        offer=offer,
        subject=subject,
        hourly=hourly,
        monthly=monthly,
        yearly=yearly,
        difference=Difference(
            hourly=amounts.less(hourly, amounts.running(cheapest, quantity)),
            monthly=above,
            yearly=amounts.less(yearly, amounts.yearly(cheapest, quantity, hours)),
            percent=amounts.per_cent(above.money, least.money),
        ),
        per_vcpu=amounts.per_vcpu(offer),
        per_gib=amounts.per_gib(offer),
        per_gpu=amounts.per_gpu(offer),
        upfront=amounts.upfront_of(offer, quantity),
    )
