"""A region's file of the EC2 price list.

It is read twice from the scratch file: first what the products are, then what they cost. Two products that cannot be
told apart are known before a price of either is told, and what has to be kept does not grow with the number of prices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from services.pricing.adapters.providers.aws.products import Product, read_product
from services.pricing.adapters.providers.aws.table import Table
from services.pricing.adapters.providers.aws.terms import Halves, Price, Term, check_currency, on_demand
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import open_document
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope, moment, number
from services.pricing.domain.offers import Instance, Offer, OfferKey, Payment, Purchase
from services.pricing.domain.readings import RejectReason

OFFER = "AmazonEC2"
NEEDED = (
    "SKU", "OfferTermCode", "TermType", "EffectiveDate", "Unit", "PricePerUnit", "Currency", "LeaseContractLength",
    "PurchaseOption", "OfferingClass", "Product Family", "Location Type", "Instance Type", "vCPU", "Memory", "Storage",
    "Physical Processor", "Tenancy", "Operating System", "License Model", "usageType", "operation", "CapacityStatus",
    "GPU", "Pre Installed S/W", "Region Code",
)  # fmt: skip


@dataclass(slots=True)
class Products:
    """The products of a region's file, by SKU; the instance types are shared among them."""

    by_sku: dict[str, Product] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)
    """SKUs that are no offer though each alone would be, and why."""
    doubles: set[str] = field(default_factory=set)
    """SKUs that say what another one says already, at the same price."""


def learn(task: Task, products: Products) -> None:
    """First reading: what each SKU is. What cannot be read is left for the second one to tell."""
    prices: dict[str, Decimal] = {}
    firsts: dict[OfferKey, str] = {}
    with open_document(task) as document:
        table = Table(document, OFFER, NEEDED)
        for whole in table.rows():
            if whole and table.column("TermType") == "OnDemand":
                try:
                    product = read_product(table.getter, task.region)
                    price = on_demand(table.getter).hourly.amount
                except (NoOffer, OutOfScope):
                    continue
                _learn_one(table.column("SKU"), product, price, products, prices, firsts)


def _learn_one(
    sku: str, product: Product, price: Decimal, products: Products, prices: dict[str, Decimal],
    firsts: dict[OfferKey, str],
) -> None:  # fmt: skip
    if sku in products.by_sku:
        products.conflicts[sku] = "two on-demand prices"
        return
    known = products.instances.setdefault(product.instance.type, product.instance)
    if _size(known) != _size(product.instance):
        products.conflicts[sku] = f"another row says otherwise what {known.type} has"
    first = firsts.setdefault(product.key(Purchase.ON_DEMAND), sku)
    if first != sku and prices[first] == price:
        products.doubles.add(sku)
    elif first != sku:
        products.conflicts[sku] = f"the same as {first} at another price"
        products.conflicts[first] = f"the same as {sku} at another price"
    prices[sku] = price
    products.by_sku[sku] = Product(
        known, product.region, product.zone, product.os, product.licence, product.tenancy
    )  # fmt: skip


def _size(instance: Instance) -> tuple[object, ...]:
    """What must be the same in all rows of a type. Other columns are filled in some and not in others."""
    return instance.millicpus, instance.memory_mib, instance.gpu


def read_prices(task: Task, collector: Collector, products: Products) -> Done:
    """Second reading: the offers."""
    halves = Halves()
    with open_document(task) as document:
        table = Table(document, OFFER, NEEDED)
        for whole in table.rows():
            collector.row()
            try:
                if not whole:
                    raise NoOffer(RejectReason.MALFORMED, "not as many columns as the header")
                _read_one(table, task, collector, products, halves)
            except OutOfScope as outside:
                collector.skip(outside.kind)
            except NoOffer as verdict:
                collector.reject(table.label(), verdict.reason, verdict.detail)
        for label in halves.left():
            collector.reject(label, RejectReason.INCOMPLETE, "one half of a reserved price")
        return Done(published_at=table.published_at)


def _read_one(table: Table, task: Task, collector: Collector, products: Products, halves: Halves) -> None:
    column = table.getter
    sku, kind = column("SKU"), column("TermType")
    product = _product(table, task, products)
    if kind == "OnDemand":
        _tell(collector, column, product.key(Purchase.ON_DEMAND), product, on_demand(column))
        return
    if kind != "Reserved":
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"term type {kind!r}")
    term = Term.of(column)
    check_currency(column("Currency"))
    amount = number(column("PricePerUnit"), "price")
    both = halves.add(sku, column("OfferTermCode"), column("Unit"), amount, term.payment)
    if both is None:
        collector.skip("first halves of reserved prices")
        return
    key = product.key(Purchase.RESERVED, term.years * 12, term.payment, term.plan)
    upfront = None if term.payment is Payment.NO_UPFRONT else both[1]
    _tell(collector, column, key, product, term.price(both[0], upfront))


def _product(table: Table, task: Task, products: Products) -> Product:
    """The product of the row. Raises OutOfScope, or NoOffer with the reason why it has none."""
    sku = table.column("SKU")
    if sku in products.conflicts:
        raise NoOffer(RejectReason.AMBIGUOUS, products.conflicts[sku])
    if sku in products.doubles:
        raise OutOfScope("doubles at the same price")
    known, on_demand_row = products.by_sku.get(sku), table.column("TermType") == "OnDemand"
    if known is not None and not on_demand_row:
        return known
    try:
        product = read_product(table.getter, task.region)
    except NoOffer:
        if not on_demand_row:
            # Its on-demand row says why; the dozen rows of its terms need not say it again.
            raise OutOfScope("terms of products that are rejected") from None
        raise
    if known is not None and known.key(Purchase.ON_DEMAND) == product.key(Purchase.ON_DEMAND):
        return known
    if on_demand_row:
        on_demand(table.getter)
    raise NoOffer(RejectReason.INCOMPLETE, "a product without a price on demand")


def _tell(collector: Collector, column: Callable[[str], str], key: OfferKey, product: Product, price: Price) -> None:
    source = collector.source(moment(column("EffectiveDate")), price.note)
    collector.offer(Offer(key, product.instance, price.hourly, source, price.upfront))
