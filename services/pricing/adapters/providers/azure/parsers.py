"""What the parser process knows of Azure: pages of a region's prices, told when all of them are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from services.pricing.adapters.providers.azure.items import (
    Item,
    check_scope,
    read_months,
    read_purchase,
    read_system,
)
from services.pricing.adapters.providers.azure.sizes import size
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import decode_page
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope, moment, positive
from services.pricing.adapters.providers.regions import is_region
from services.pricing.domain.money import HOURS_A_YEAR, USD, Money
from services.pricing.domain.offers import Offer, OfferKey, Provider, Purchase
from services.pricing.domain.readings import RejectReason

_HOUR = "1 Hour"


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] = msgspec.field(name="Items")
    following: str | None = msgspec.field(name="NextPageLink", default=None)


_PAGES = msgspec.json.Decoder(_Page)
_ITEMS = msgspec.json.Decoder(Item)


@dataclass(slots=True)
class _Found:
    offer: Offer
    label: str
    rivals: list[str]
    """Other items that name the same offer at another price."""


class AzureParsers:
    """One region at a time. Its offers are kept until its last page: only then is known which are told twice."""

    def __init__(self) -> None:
        self._found: dict[OfferKey, _Found] = {}

    def by_name(self) -> Mapping[str, Callable[[Task, Collector], Done]]:
        """The parsers."""
        return {"page": self._page, "end": self._end}

    def _page(self, task: Task, collector: Collector) -> Done:
        page = decode_page(task, _PAGES, "page of prices")
        for raw in page.items:
            collector.row()
            self._read(raw, task, collector)
        return Done(following=page.following or "")

    def _read(self, raw: msgspec.Raw, task: Task, collector: Collector) -> None:
        label = ""
        try:
            try:
                item = _ITEMS.decode(raw)
            except msgspec.DecodeError as error:
                label = bytes(raw).decode(errors="replace")
                raise NoOffer(RejectReason.MALFORMED, str(error)) from error
            label = item.label
            for offer in _offers(item, task, collector):
                self._keep(offer, label, collector)
        except OutOfScope as outside:
            collector.skip(outside.kind)
        except NoOffer as verdict:
            collector.reject(label, verdict.reason, verdict.detail)

    def _keep(self, offer: Offer, label: str, collector: Collector) -> None:
        before = self._found.get(offer.key)
        if before is None:
            self._found[offer.key] = _Found(offer, label, [])
        elif before.offer.hourly == offer.hourly:
            collector.skip("doubles at the same price")
        else:
            before.rivals.append(label)

    def _end(self, _: Task, collector: Collector) -> Done:
        for found in self._found.values():
            if not found.rivals:
                collector.offer(found.offer)
                continue
            for label in (found.label, *found.rivals):
                collector.reject(label, RejectReason.AMBIGUOUS, f"{found.offer.key.id} has several prices")
        self._found = {}
        return Done()


def _offers(item: Item, task: Task, collector: Collector) -> Iterator[Offer]:
    """The offers of an item: one, and one for each savings plan. Raises OutOfScope or NoOffer."""
    check_scope(item, task.observed_at)
    if item.arm_region_name != task.region or not is_region(Provider.AZURE, item.arm_region_name):
        raise NoOffer(RejectReason.UNKNOWN_REGION, f"region {item.arm_region_name!r}")
    if item.unit_of_measure != _HOUR:
        raise NoOffer(RejectReason.UNKNOWN_UNIT, f"unit {item.unit_of_measure!r}")
    if item.currency_code != USD:
        raise NoOffer(RejectReason.PRICE_INVALID, f"currency {item.currency_code!r}")
    if item.tier_minimum_units != 0:
        raise NoOffer(RejectReason.AMBIGUOUS, f"price from {item.tier_minimum_units} units on")
    system, purchase = read_system(item), read_purchase(item)
    instance = size(item.arm_sku_name)
    if instance is None:
        raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"size {item.arm_sku_name!r}")
    months = read_months(item.reservation_term) if purchase is Purchase.RESERVED else 0
    hourly, note = item.retail_price, ""
    if purchase is Purchase.RESERVED:
        # The unit says an hour, the price is that of the whole term.
        hours = HOURS_A_YEAR * months // 12
        hourly, note = item.retail_price / Decimal(hours), f"{item.retail_price:f} for the term of {hours} hours"
    key = OfferKey(
        Provider.AZURE, item.arm_region_name, instance.type, purchase, system, term_months=months
    )  # fmt: skip
    since = moment(item.effective_start_date)
    yield Offer(key, instance, Money.of(positive(hourly, "price")), collector.source(since, note))
    if purchase is Purchase.ON_DEMAND:
        for plan in item.savings_plan:
            term = read_months(plan.term)
            plan_key = OfferKey(
                Provider.AZURE, item.arm_region_name, instance.type, Purchase.SAVINGS_PLAN, system,
                term_months=term, plan="compute",
            )  # fmt: skip
            price = Money.of(positive(plan.retail_price, "savings plan"))
            yield Offer(plan_key, instance, price, collector.source(since))
