"""Between what the service knows and the rows of its tables, both directions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from sys import intern
from typing import Any
from uuid import UUID

from services.pricing.domain.money import Money
from services.pricing.domain.offers import (
    Architecture,
    CpuUnit,
    Gpu,
    Instance,
    Licence,
    Offer,
    OfferKey,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
    Tenancy,
)

OFFER = (
    "offer", "provider", "region", "instance_type", "purchase", "os", "zone", "licence", "tenancy", "term_months",
    "payment", "plan", "currency", "hourly", "upfront", "flags", "instance", "source",
)  # fmt: skip
"""The columns of an offer, in the order of `offer_row`."""
SOURCE = ("id", "provider", "locator", "observed_at", "effective_from", "note")
INSTANCE = (
    "id", "provider", "type", "family", "millicpus", "memory_mib", "cpu_unit", "architecture", "gpu_model", "gpu_count",
    "gpu_memory_mib", "burstable", "local_disk_gib", "network_mbps",
)  # fmt: skip


def offer_row(offer: Offer, instance: UUID, source: UUID) -> tuple[Any, ...]:
    """The row of an offer whose instance and source have these ids."""
    key = offer.key
    return (
        key.id, key.provider.value, key.region, key.instance_type, key.purchase.value, key.os.value, key.zone,
        key.licence.value, key.tenancy.value, key.term_months, key.payment.value, key.plan, key.currency,
        offer.hourly.nanos, None if offer.upfront is None else offer.upfront.nanos, list(offer.flags), instance, source,
    )  # fmt: skip


def offer_of(row: Sequence[Any], instance: Instance, source: Source) -> Offer:
    """The offer of a row that begins with the columns of `OFFER`."""
    currency = row[12]
    key = OfferKey(
        provider=Provider(row[1]),
        # Few texts for many rows: a catalogue is held whole while it is checked.
        region=intern(row[2]),
        instance_type=intern(row[3]),
        purchase=Purchase(row[4]),
        os=OperatingSystem(row[5]),
        zone=row[6],
        licence=Licence(row[7]),
        tenancy=Tenancy(row[8]),
        term_months=row[9],
        payment=Payment(row[10]),
        plan=row[11],
        currency=currency,
    )
    upfront = None if row[14] is None else Money(row[14], currency)
    return Offer(key, instance, Money(row[13], currency), source, upfront, tuple(row[15]))


def source_row(source: Source) -> tuple[Any, ...]:
    """The row of a source, its id first: a digest of the rest."""
    rest = (source.provider.value, source.locator, source.observed_at, source.effective_from, source.note)
    return (_digest(rest), *rest)


def source_of(row: Sequence[Any]) -> Source:
    """The source of a row with the columns of `SOURCE`."""
    return Source(Provider(row[1]), row[2], row[3], row[4], row[5])


def instance_row(instance: Instance) -> tuple[Any, ...]:
    """The row of an instance type, its id first: a digest of the rest."""
    gpu = instance.gpu
    rest = (
        instance.provider.value, instance.type, instance.family, instance.millicpus, instance.memory_mib,
        instance.cpu_unit.value, instance.architecture.value,
        *((None, None, None) if gpu is None else (gpu.model, gpu.count, gpu.memory_mib)),
        instance.burstable, instance.local_disk_gib, instance.network_mbps,
    )  # fmt: skip
    # Numbers that are equal have one digest, however many zeros they are written with.
    digested = (*rest[:8], None if gpu is None else f"{gpu.count.normalize():f}", *rest[9:])
    return (_digest(digested), *rest)


def instance_of(row: Sequence[Any]) -> Instance:
    """The instance type of a row with the columns of `INSTANCE`."""
    gpu = None if row[8] is None else Gpu(row[8], row[9], row[10])
    return Instance(
        provider=Provider(row[1]),
        type=row[2],
        family=row[3],
        millicpus=row[4],
        memory_mib=row[5],
        cpu_unit=CpuUnit(row[6]),
        architecture=Architecture(row[7]),
        gpu=gpu,
        burstable=row[11],
        local_disk_gib=row[12],
        network_mbps=row[13],
    )


def _digest(values: Sequence[Any]) -> UUID:
    """128 bits that tell these values from all others."""
    hashed = hashlib.sha256()
    for value in values:
        text = (
            "\0" if value is None else value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
        )
        raw = text.encode()
        hashed.update(len(raw).to_bytes(4, "big") + raw)
    return UUID(bytes=hashed.digest()[:16])


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "\0" if value is None else str(value)
