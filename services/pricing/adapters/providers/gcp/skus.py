"""SKUs of the Cloud Billing Catalog (`services.skus.list`, version v1), and what each is the price of.

Form: cloud.google.com/billing/docs/reference/rest/v1/services.skus/list, read 2026-11-21. There is no field that says
which machine type a SKU belongs to: only its description does, in a grammar that grew over the years.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from services.pricing.adapters.providers.parsing.verdicts import NoOffer, OutOfScope
from services.pricing.domain.money import HOURS_A_MONTH, NANOS, USD
from services.pricing.domain.offers import Purchase
from services.pricing.domain.readings import RejectReason


class UnitPrice(msgspec.Struct, rename="camel"):
    """Whole units, which come as a string because they may be large, and billionths beside them."""

    units: str = "0"
    nanos: int = 0
    currency_code: str = USD


class TierRate(msgspec.Struct, rename="camel"):
    unit_price: UnitPrice
    start_usage_amount: Decimal = Decimal(0)


class PricingExpression(msgspec.Struct, rename="camel"):
    usage_unit: str
    tiered_rates: list[TierRate]


class PricingInfo(msgspec.Struct, rename="camel"):
    pricing_expression: PricingExpression
    effective_time: str = ""


class Category(msgspec.Struct, rename="camel"):
    resource_family: str = ""
    resource_group: str = ""
    usage_type: str = ""


class Sku(msgspec.Struct, rename="camel"):
    """Fields that are not needed are left out."""

    sku_id: str
    description: str
    category: Category
    service_regions: list[str]
    pricing_info: list[PricingInfo]

    @property
    def label(self) -> str:
        """What tells the SKU from others."""
        return f"{self.sku_id} {self.description} ({self.category.usage_type})"


class Resource(StrEnum):
    """What is priced."""

    CORE = "core"
    RAM = "ram"
    GPU = "gpu"
    SSD = "ssd"


@dataclass(frozen=True, slots=True)
class Part:
    """What a SKU is the price of: a resource of a family or of an accelerator, and how it is bought."""

    resource: Resource
    name: str
    purchase: Purchase
    term_months: int = 0


_RUNNING: Final = re.compile(r" (?:running in|in) [A-Z].*$")
_COMMITMENT: Final = re.compile(r"Commitment(?: v\d+)?: (?P<what>.+?) (?:running )?in .+ for (?P<years>[13]) Years?")
_HOST: Final = re.compile(
    r"(?P<label>[A-Za-z0-9-]+(?: optimized)?)(?: AMD| Arm| Predefined| Memory-optimized)?(?: Instance)? "
    r"(?P<resource>Core|Cpu|Ram)",
    re.IGNORECASE,
)
_LABELS: Final = {"compute optimized": "c2", "memory-optimized": "m1"}
_FAMILY: Final = re.compile(r"[a-z]\d[a-z]*", re.IGNORECASE)
_GPUS: Final = {
    "nvidia l4 gpu": "l4",
    "nvidia tesla a100 gpu": "a100-40",
    "nvidia tesla a100 80gb gpu": "a100-80",
    "nvidia h100 80gb gpu": "h100",
    "nvidia h100 80gb mega gpu": "h100-mega",
    "nvidia h100 mega 80gb gpu": "h100-mega",
    "nvidia h100 80gb plus gpu": "h100-mega",
    "h200 141gb gpu": "h200",
    "nvidia h200 141gb gpu": "h200",
    "a4 nvidia b200 (1 gpu slice)": "b200",
}
_OUTSIDE: Final = (
    ("sole tenancy", "sole tenancy"), ("custom", "custom machine types"), ("extended", "extended memory"),
    ("premium", "surcharges"), ("reserved ", "reservations"), ("reservation", "reservations"),
    ("dws ", "flexible and scheduled starts"), ("defined duration", "flexible and scheduled starts"),
    ("calendar mode", "flexible and scheduled starts"), ("capacity optimized", "flexible and scheduled starts"),
    ("dollar based", "commitments to an amount"), ("suspended", "suspended machines"), ("vgpu", "parts of GPUs"),
    ("virtual workstation", "virtual workstations"), ("upgrade", "surcharges"), ("tpu", "TPUs"),
    ("tesla t4", "GPUs that are attached one by one"), ("tesla p4", "GPUs that are attached one by one"),
    ("tesla p100", "GPUs that are attached one by one"), ("tesla v100", "GPUs that are attached one by one"),
    ("tesla k80", "GPUs that are attached one by one"), ("rtx 6000", "families without shapes"),
    ("hourly gpu", "surcharges"),
)  # fmt: skip
_GROUPS_OUTSIDE: Final = frozenset({"F1Micro", "G1Small", "TPU", "PdSnapshotEgress", "VmState"})
_SPOT: Final = ("spot preemptible ", "preemptible ")
_ATTACHED: Final = (" attached to spot preemptible vms", " attached to preemptible vms")
_UNITS: Final = {Resource.CORE: "h", Resource.GPU: "h", Resource.RAM: "GiBy.h", Resource.SSD: "GiBy.mo"}


def read_part(sku: Sku, hosts: frozenset[str]) -> Part:
    """What the SKU is the price of. Raises OutOfScope or NoOffer.

    `usageType` is not believed where the description says more: some accelerators for spot machines are categorised as
    on demand, and some commitments, too.
    """
    category, text = sku.category, sku.description.lower()
    ssd = category.resource_family == "Storage" and category.resource_group == "LocalSSD"
    if category.resource_family != "Compute" and not ssd:
        raise OutOfScope(f"resource family {category.resource_family or 'none'}")
    if category.resource_group in _GROUPS_OUTSIDE:
        raise OutOfScope(f"resource group {category.resource_group}")
    for word, kind in _OUTSIDE:
        if word in text:
            raise OutOfScope(kind)
    if text.startswith("commitment"):
        return _commitment(sku, hosts)
    text, spot = _without_spot(_RUNNING.sub("", sku.description).lower())
    if not spot and category.usage_type == "Preemptible":
        raise NoOffer(RejectReason.AMBIGUOUS, "preemptible by its type, not by its description")
    if not spot and category.usage_type != "OnDemand":
        raise NoOffer(RejectReason.AMBIGUOUS, f"usage type {category.usage_type!r} of no commitment")
    purchase = Purchase.SPOT if spot else Purchase.ON_DEMAND
    if ssd:
        if not text.startswith("ssd backed local storage"):
            raise OutOfScope("local SSDs of single families")
        return Part(Resource.SSD, "", purchase)
    return _resource(text, category.resource_group, purchase, 0, hosts)


def read_nanos(sku: Sku, resource: Resource) -> Decimal:
    """Billionths of a dollar for an hour of one unit. Raises NoOffer."""
    if len(sku.pricing_info) != 1:
        raise NoOffer(RejectReason.AMBIGUOUS, f"{len(sku.pricing_info)} prices")
    expression = sku.pricing_info[0].pricing_expression
    if expression.usage_unit != _UNITS[resource]:
        raise NoOffer(RejectReason.UNKNOWN_UNIT, f"unit {expression.usage_unit!r} of {resource}")
    if len(expression.tiered_rates) != 1 or expression.tiered_rates[0].start_usage_amount != 0:
        raise NoOffer(RejectReason.AMBIGUOUS, f"{len(expression.tiered_rates)} tiers")
    price = expression.tiered_rates[0].unit_price
    if price.currency_code != USD:
        raise NoOffer(RejectReason.PRICE_INVALID, f"currency {price.currency_code!r}")
    if not price.units.isdecimal() or not 0 <= price.nanos < NANOS:
        raise NoOffer(RejectReason.PRICE_INVALID, f"{price.units!r} units and {price.nanos} nanos")
    nanos = Decimal(int(price.units) * NANOS + price.nanos)
    if not nanos:
        raise NoOffer(RejectReason.PRICE_INVALID, "a price of nothing")
    return nanos / HOURS_A_MONTH if resource is Resource.SSD else nanos


def _commitment(sku: Sku, hosts: frozenset[str]) -> Part:
    found = _COMMITMENT.fullmatch(sku.description)
    if found is None:
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"commitment {sku.description!r}")
    what, months = found["what"].lower(), int(found["years"]) * 12
    if "local ssd" in what:
        if what == "local ssd":
            return Part(Resource.SSD, "", Purchase.COMMITTED_USE, months)
        raise OutOfScope("local SSDs of single families")
    return _resource(what, sku.category.resource_group, Purchase.COMMITTED_USE, months, hosts)


def _resource(text: str, group: str, purchase: Purchase, months: int, hosts: frozenset[str]) -> Part:
    """The resource that a description names, without place, term and spot."""
    gpu = _GPUS.get(text) or _GPUS.get(f"{text} gpu")
    if gpu is not None:
        return Part(Resource.GPU, gpu, purchase, months)
    found = _HOST.fullmatch(text)
    if found is None or group == "GPU":
        known = RejectReason.UNKNOWN_SHAPE if group == "GPU" else RejectReason.UNKNOWN_ATTRIBUTE
        raise NoOffer(known, f"resource {text!r}")
    label = found["label"]
    family = _LABELS.get(label, label)
    if family not in hosts:
        if _FAMILY.match(family):
            raise OutOfScope("families without shapes")
        raise NoOffer(RejectReason.UNKNOWN_ATTRIBUTE, f"family {label!r}")
    resource = Resource.RAM if found["resource"] == "ram" else Resource.CORE
    return Part(resource, family, purchase, months)


def _without_spot(text: str) -> tuple[str, bool]:
    for beginning in _SPOT:
        if text.startswith(beginning):
            return text.removeprefix(beginning), True
    for ending in _ATTACHED:
        if text.endswith(ending):
            return text.removesuffix(ending), True
    return text, False
