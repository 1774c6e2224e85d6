"""Answers of EC2's DescribeSpotPriceHistory (API version 2016-11-15), which are XML."""

from __future__ import annotations

from datetime import datetime
from xml.parsers import expat

from services.pricing.adapters.providers.aws.ec2 import Products
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import Unreadable, read_page
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, moment, number, positive
from services.pricing.adapters.providers.regions import locate
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Offer, OfferKey, OperatingSystem, Provider, Purchase
from services.pricing.domain.readings import RejectReason

DESCRIPTIONS = {
    "Linux/UNIX": OperatingSystem.LINUX,
    "Windows": OperatingSystem.WINDOWS,
    "Red Hat Enterprise Linux": OperatingSystem.RHEL,
    "SUSE Linux": OperatingSystem.SUSE,
}
"""The product descriptions that are asked for, and what they are."""
_ITEM = ["DescribeSpotPriceHistoryResponse", "spotPriceHistorySet", "item"]
_NEXT = ["DescribeSpotPriceHistoryResponse", "nextToken"]


class Spot:
    """The pages of one region: the newest price of each type, system and zone, told at the end."""

    def __init__(self) -> None:
        self._newest: dict[OfferKey, tuple[datetime, Offer]] = {}

    def read_page(self, task: Task, collector: Collector, products: Products) -> Done:
        """One page; `following` is the token of the next one."""
        items, following = _read_xml(read_page(task))
        for item in items:
            collector.row()
            try:
                self._keep(*_offer(item, task, collector, products))
            except NoOffer as verdict:
                collector.reject(" ".join(item.values()), verdict.reason, verdict.detail)
        return Done(following=following)

    def tell(self, collector: Collector) -> Done:
        """The offers of all pages of the region."""
        for _, offer in self._newest.values():
            collector.offer(offer)
        self._newest = {}
        return Done()

    def _keep(self, changed_at: datetime, offer: Offer) -> None:
        before = self._newest.get(offer.key)
        if before is None or before[0] < changed_at:
            self._newest[offer.key] = changed_at, offer


def _offer(item: dict[str, str], task: Task, collector: Collector, products: Products) -> tuple[datetime, Offer]:
    zone, changed_at = item.get("availabilityZone", ""), moment(item.get("timestamp", ""))
    if changed_at is None:
        raise NoOffer(RejectReason.MALFORMED, f"timestamp {item.get('timestamp', '')!r}")
    os = DESCRIPTIONS.get(item.get("productDescription", "").removesuffix(" (Amazon VPC)"))
    if os is None:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"product {item.get('productDescription', '')!r}")
    where = locate(Provider.AWS, zone)
    if where is None or where[0] != task.region or not where[1]:
        raise NoOffer(RejectReason.UNKNOWN_REGION, f"zone {zone!r} in {task.region}")
    instance = products.instances.get(item.get("instanceType", ""))
    if instance is None:
        raise NoOffer(RejectReason.UNKNOWN_SHAPE, f"type {item.get('instanceType', '')!r} is not in the price list")
    price = positive(number(item.get("spotPrice", ""), "price"), "price")
    key = OfferKey(Provider.AWS, task.region, instance.type, Purchase.SPOT, os, zone)
    return changed_at, Offer(key, instance, Money.of(price), collector.source(changed_at))


def _read_xml(data: bytes) -> tuple[list[dict[str, str]], str]:
    """The items and the next token. Raises Unreadable, also for a document type: entities may grow without end."""
    items: list[dict[str, str]] = []
    path: list[str] = []
    text: list[str] = []
    following = ""

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        text.clear()
        if path == _ITEM:
            items.append({})

    def end(name: str) -> None:
        nonlocal following
        if path[:-1] == _ITEM:
            items[-1][name] = "".join(text).strip()
        elif path == _NEXT:
            following = "".join(text).strip()
        path.pop()
        text.clear()

    def forbid(*_: object) -> None:
        raise Unreadable("XML with a document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = forbid
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable(f"no XML: {error}") from error
    return items, following
