"""Items of the Azure Retail Prices API, version 2023-01-01-preview.

Form and fields: "Azure Retail Prices overview", learn.microsoft.com/rest/api/cost-management/retail-prices, read
2026-11-21. What the page does not say, and every reader must know: the price of a reservation is that of the whole term
although its unit is `1 Hour`; and a size has up to 13 rows, which only the names of product and meter tell apart.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope, moment
from services.pricing.domain.offers import OperatingSystem, Purchase
from services.pricing.domain.readings import RejectReason

_PRODUCT: Final = re.compile(
    r"Virtual Machines (?P<series>[\w/ -]+?)(?: (?:Series|Srs))(?: (?P<os>Linux|Windows|Win))?"
)
_SYSTEMS: Final = {
    None: OperatingSystem.LINUX, "Linux": OperatingSystem.LINUX,
    "Windows": OperatingSystem.WINDOWS, "Win": OperatingSystem.WINDOWS,
}  # fmt: skip
_OUTSIDE: Final = (
    ("Cloud Services", "cloud services"), ("CloudServices", "cloud services"), ("Dedicated Host", "dedicated hosts"),
    ("Dedicated", "dedicated hosts"), ("Basic", "the basic tier"), ("Promo", "promotions"),
)  # fmt: skip
_TERMS: Final = {"1 Year": 12, "3 Years": 36}
_ENDINGS: Final = ((" Spot", Purchase.SPOT), (" Low Priority", Purchase.LOW_PRIORITY))


class SavingsPlan(msgspec.Struct, rename="camel"):
    """What an hour costs under a savings plan."""

    unit_price: Decimal
    retail_price: Decimal
    term: str


class Item(msgspec.Struct, rename="camel"):
    """One price of one meter; fields that are not needed are left out."""

    currency_code: str
    retail_price: Decimal
    arm_region_name: str
    meter_name: str
    product_name: str
    sku_name: str
    service_name: str
    unit_of_measure: str
    type: str
    arm_sku_name: str
    tier_minimum_units: Decimal = Decimal(0)
    effective_start_date: str = ""
    effective_end_date: str | None = None
    is_primary_meter_region: bool = True
    reservation_term: str = ""
    savings_plan: list[SavingsPlan] = msgspec.field(default_factory=list, name="savingsPlan")

    @property
    def label(self) -> str:
        """What tells the item from others."""
        term = f" {self.reservation_term}" if self.reservation_term else ""
        return (
            f"{self.arm_region_name} {self.arm_sku_name} | {self.product_name} | {self.meter_name} | {self.type}{term}"
        )


def check_scope(item: Item, now: datetime) -> None:
    """Raises OutOfScope for what is no price of a virtual machine that holds now."""
    if item.service_name != "Virtual Machines":
        raise OutOfScope(f"service {item.service_name}")
    if item.type == "DevTestConsumption":
        raise OutOfScope("prices for developers' subscriptions")
    for word, kind in _OUTSIDE:
        if word in item.product_name:
            raise OutOfScope(kind)
    if not item.is_primary_meter_region:
        raise OutOfScope("meters of another region")
    start, end = moment(item.effective_start_date), moment(item.effective_end_date or "")
    if end is not None and end <= now:
        raise OutOfScope("prices of the past")
    if start is not None and start > now:
        raise OutOfScope("prices of the future")


def read_system(item: Item) -> OperatingSystem:
    """What the price includes to run, by the product's name. Raises NoOffer."""
    found = _PRODUCT.fullmatch(item.product_name)
    if found is None:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"product {item.product_name!r}")
    return _SYSTEMS[found["os"]]


def read_purchase(item: Item) -> Purchase:
    """How it is bought: spot and low priority are told by the names of SKU and meter. Raises NoOffer."""
    if item.type not in ("Consumption", "Reservation"):
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"type {item.type!r}")
    by_sku, by_meter = _ending(item.sku_name), _ending(item.meter_name)
    if by_sku is not by_meter:
        raise NoOffer(RejectReason.AMBIGUOUS, f"SKU {item.sku_name!r} with meter {item.meter_name!r}")
    if item.type == "Reservation":
        if by_sku is not Purchase.ON_DEMAND:
            raise NoOffer(RejectReason.AMBIGUOUS, f"a reservation of {item.sku_name!r}")
        return Purchase.RESERVED
    if "Expired" in item.meter_name:
        raise OutOfScope("expired meters")
    return by_sku


def read_months(term: str) -> int:
    """The months of a term. Raises OutOfScope or NoOffer."""
    if term == "5 Years":
        raise OutOfScope("terms of five years")
    if term not in _TERMS:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"term {term!r}")
    return _TERMS[term]


def _ending(name: str) -> Purchase:
    for ending, purchase in _ENDINGS:
        if name.endswith(ending):
            return purchase
    return Purchase.ON_DEMAND
