"""The fields of an offer that filters and orders may name, and each as a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import numpy as np

from services.pricing.domain.index.columns import Column, encoded, numbers
from services.pricing.domain.index.figures import Figures
from services.pricing.domain.index.places import places_of
from services.pricing.domain.index.rows import Rows
from services.pricing.domain.money import NANOS
from services.pricing.domain.offers import (
    Architecture,
    Instance,
    Licence,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Tenancy,
)
from services.runtime.listing import FieldType, OrderTerm
from services.runtime.listing.fields import BOOLEAN, INTEGER, NUMBER, STRING, STRINGS, TIMESTAMP


def _names(kind: type[StrEnum], prefix: str) -> FieldType:
    return FieldType.enum(*(member.name for member in kind if member), prefix=prefix)


FIELDS: Final[Mapping[str, FieldType]] = {
    "provider": _names(Provider, "PROVIDER_"),
    "region": STRING,
    "zone": STRING,
    "area": STRINGS,
    "instance_type": STRING,
    "family": STRING,
    "operating_system": _names(OperatingSystem, "OPERATING_SYSTEM_"),
    "licence": _names(Licence, "LICENCE_"),
    "tenancy": _names(Tenancy, "TENANCY_"),
    "purchase_option": _names(Purchase, "PURCHASE_OPTION_"),
    "term_months": INTEGER,
    "payment_option": _names(Payment, "PAYMENT_OPTION_"),
    "plan": STRING,
    "vcpus": NUMBER,
    "memory_gib": NUMBER,
    "architecture": _names(Architecture, "ARCHITECTURE_"),
    "burstable": BOOLEAN,
    "gpu_model": STRING,
    "gpu_count": NUMBER,
    "gpu_memory_gib": NUMBER,
    "hourly_price": NUMBER,
    "price_per_vcpu_hour": NUMBER,
    "price_per_gib_hour": NUMBER,
    "price_per_gpu_hour": NUMBER,
    "currency": STRING,
    "observe_time": TIMESTAMP,
}
"""What a filter may name. An enum's names are the contract's, with or without their prefix. A zone, a plan or a GPU
model that there is not is the empty string, the count of no GPUs is 0; what is not known has no value, and neither has
a price per GPU without one. Prices are in units of the currency."""
ORDERABLE: Final = frozenset(FIELDS) - {"area"}
"""What an order may name."""
DEFAULT_ORDER: Final = (OrderTerm("hourly_price"),)

_OF_KEY: Mapping[str, str] = {
    "region": "region",
    "zone": "zone",
    "instance_type": "instance_type",
    "plan": "plan",
    "currency": "currency",
    "term_months": "term_months",
}
_ENUMS_OF_KEY: Mapping[str, str] = {
    "provider": "provider",
    "operating_system": "os",
    "licence": "licence",
    "tenancy": "tenancy",
    "purchase_option": "purchase",
    "payment_option": "payment",
}


def _gpu_memory(instance: Instance) -> float | None:
    memory = instance.gpu.memory_mib if instance.gpu else None
    return None if memory is None else memory / 1024


OF_INSTANCE: Final[Mapping[str, Callable[[Instance], Any]]] = {
    "family": lambda instance: instance.family,
    "vcpus": lambda instance: instance.millicpus / 1000,
    "memory_gib": lambda instance: instance.memory_mib / 1024,
    "architecture": lambda instance: instance.architecture.name if instance.architecture else None,
    "burstable": lambda instance: instance.burstable,
    "gpu_model": lambda instance: instance.gpu.model if instance.gpu else "",
    "gpu_count": lambda instance: float(instance.gpu.count) if instance.gpu else 0.0,
    "gpu_memory_gib": _gpu_memory,
}
"""The value of each field that is the instance's."""


def columns_of(rows: Rows, figures: Figures) -> dict[str, Column]:
    """Each of FIELDS as a column: enums by their names in their order, moments as microseconds since 1970, areas as
    tuples in no order."""
    columns = {field: rows.key[part] for field, part in _OF_KEY.items()}
    columns |= {field: rows.key[part].renamed(_name) for field, part in _ENUMS_OF_KEY.items()}
    instances = rows.instance.codes.astype(np.intp)
    for field, value in OF_INSTANCE.items():
        values = [value(instance) for instance in rows.instance.values]
        columns[field] = encoded(values, _order(field)).taken(instances)
    for field, nanos in {
        "hourly_price": rows.hourly,
        "price_per_vcpu_hour": figures.per_vcpu,
        "price_per_gib_hour": figures.per_gib,
        "price_per_gpu_hour": figures.per_gpu,
    }.items():
        columns[field] = numbers(nanos, NANOS)
    columns["observe_time"] = rows.observed
    columns["area"] = places_of(rows)
    return columns


def _name(member: StrEnum) -> str | None:
    return member.name if member else None


def _order(field: str) -> Callable[[Any], Any] | None:
    return FIELDS[field].rank if FIELDS[field].names else None
