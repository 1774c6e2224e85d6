"""A region's file of the savings plans: what an hour of each EC2 product costs under a plan.

A rate is what an hour takes of the commitment, whatever part of that was paid upfront (savings plans user guide of AWS,
read 2026-11-21). What is paid upfront depends on the commitment, so that an offer has no such amount.
"""

from __future__ import annotations

from services.pricing.adapters.providers.aws.ec2 import Products
from services.pricing.adapters.providers.aws.table import Table
from services.pricing.adapters.providers.aws.terms import check_currency, payment_of, savings_term
from services.pricing.adapters.providers.parsing.collecting import Collector
from services.pricing.adapters.providers.parsing.documents import open_document
from services.pricing.adapters.providers.parsing.frames import Done, Task
from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope, moment, number, positive
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Offer, Purchase
from services.pricing.domain.readings import RejectReason

OFFER = "AmazonComputeSavingsPlan"
_NEEDED = (
    "SKU", "Unit", "EffectiveDate", "DiscountedRate", "Currency", "DiscountedSKU", "DiscountedServiceCode",
    "PurchaseOption", "LeaseContractLength", "LeaseContractLengthUnit", "Product Family",
)  # fmt: skip
_PLANS = {"ComputeSavingsPlans": "compute", "EC2InstanceSavingsPlans": "instance"}


def read_savings(task: Task, collector: Collector, products: Products) -> Done:
    """The offers of the file; `products` are of the same region's EC2 file."""
    with open_document(task) as document:
        table = Table(document, OFFER, _NEEDED)
        for whole in table.rows():
            collector.row()
            try:
                if not whole:
                    raise NoOffer(RejectReason.MALFORMED, "not as many columns as the header")
                collector.offer(_offer(table, collector, products))
            except OutOfScope as outside:
                collector.skip(outside.kind)
            except NoOffer as verdict:
                collector.reject(table.label(), verdict.reason, verdict.detail)
        return Done(published_at=table.published_at)


def _offer(table: Table, collector: Collector, products: Products) -> Offer:
    column = table.getter
    service = column("DiscountedServiceCode")
    if service != "AmazonEC2":
        raise OutOfScope(f"plans for {service}")
    sku = column("DiscountedSKU")
    product = products.by_sku.get(sku)
    if product is None or sku in products.conflicts or sku in products.doubles:
        raise OutOfScope("plans for products that are not in the catalogue")
    if column("Unit") != "Hrs":
        raise NoOffer(RejectReason.UNKNOWN_UNIT, f"unit {column('Unit')!r}")
    family = column("Product Family")
    if family not in _PLANS:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"product family {family!r}")
    check_currency(column("Currency"))
    months = savings_term(column("LeaseContractLength"), column("LeaseContractLengthUnit"))
    payment = payment_of(column("PurchaseOption"))
    rate = positive(number(column("DiscountedRate"), "rate"), "rate")
    key = product.key(Purchase.SAVINGS_PLAN, months, payment, _PLANS[family])
    return Offer(key, product.instance, Money.of(rate), collector.source(moment(column("EffectiveDate"))))
