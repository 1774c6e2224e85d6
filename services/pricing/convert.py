"""Between the contract's values and the domain's: enums, money, sources, offers and versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money as MoneyMessage
from malha import money
from malha.pricing.v1 import intent_pb2, offer_pb2

from services.pricing.domain import intents
from services.pricing.domain.index import per_gib, per_gpu, per_vcpu
from services.pricing.domain.money import USD, Money
from services.pricing.domain.offers import (
    Architecture,
    CpuUnit,
    Gpu,
    Instance,
    Licence,
    Offer,
    OperatingSystem,
    Payment,
    Provider,
    Purchase,
    Source,
    Tenancy,
)
from services.pricing.domain.versions import Origin, Version

Member = TypeVar("Member", bound=StrEnum)
OFFERS = "offers/"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


class Enum(Generic[Member]):
    """An enum of the contract beside the domain's: a member has the same name, behind the prefix. The member that is
    empty, where there is one, is the unspecified value."""

    def __init__(self, wrapper: Any, prefix: str, kind: type[Member]) -> None:
        self._numbers = {member: wrapper.Value(f"{prefix}_{member.name}") if member else 0 for member in kind}
        self._members = {number: member for member, number in self._numbers.items() if number}

    def number(self, member: Member) -> Any:
        """As the contract has it."""
        return self._numbers[member]

    def member(self, number: int) -> Member:
        """As the domain has it; KeyError for the unspecified value and for one that is not known."""
        return self._members[number]

    def members(self, numbers: Iterable[int]) -> tuple[Member, ...]:
        """Those of a list, each once; what is unspecified says nothing."""
        return tuple(dict.fromkeys(self._members[number] for number in numbers if number in self._members))


PROVIDERS = Enum(offer_pb2.Provider, "PROVIDER", Provider)
PURCHASES = Enum(offer_pb2.PurchaseOption, "PURCHASE_OPTION", Purchase)
PAYMENTS = Enum(offer_pb2.PaymentOption, "PAYMENT_OPTION", Payment)
SYSTEMS = Enum(offer_pb2.OperatingSystem, "OPERATING_SYSTEM", OperatingSystem)
LICENCES = Enum(offer_pb2.Licence, "LICENCE", Licence)
TENANCIES = Enum(offer_pb2.Tenancy, "TENANCY", Tenancy)
ARCHITECTURES = Enum(offer_pb2.Architecture, "ARCHITECTURE", Architecture)
CPU_UNITS = Enum(offer_pb2.CpuUnit, "CPU_UNIT", CpuUnit)
ORIGINS = Enum(offer_pb2.CatalogueOrigin, "CATALOGUE_ORIGIN", Origin)
OPERATIONS = Enum(intent_pb2.Operation, "OPERATION", intents.Operation)
BEHAVIOURS = Enum(intent_pb2.Behaviour, "BEHAVIOUR", intents.Behaviour)
ANSWER_TYPES = Enum(intent_pb2.AnswerType, "ANSWER_TYPE", intents.AnswerType)
PERIODS = Enum(intent_pb2.Period, "PERIOD", intents.Period)
ORDERINGS = Enum(intent_pb2.Ordering, "ORDERING", intents.Ordering)


def money_to_proto(amount: Money) -> MoneyMessage:
    """The amount as a message."""
    return money.of_nanos(amount.nanos, amount.currency)


def money_from_proto(message: MoneyMessage) -> Money:
    """The amount; an empty currency is US dollars."""
    return Money(money.nanos_of(message), message.currency_code or USD)


def time_to_proto(moment: datetime | None) -> Timestamp | None:
    """A moment, which knows its zone; None stays None."""
    if moment is None:
        return None
    # The library's own way takes ten times as long, and an answer has dozens of them.
    seconds, rest = divmod(moment - _EPOCH, _SECOND)
    return Timestamp(seconds=seconds, nanos=rest.microseconds * 1000)


# Messages that are kept are copied into others: nobody may change them.
@lru_cache(maxsize=1024)
def provenance_to_proto(source: Source, version: int | None) -> offer_pb2.Provenance:
    """Where a figure was read; `version` is the catalogue's, None for what is of none."""
    return offer_pb2.Provenance(
        provider=PROVIDERS.number(source.provider),
        source=source.locator,
        observe_time=time_to_proto(source.observed_at),
        effective_time=time_to_proto(source.effective_from),
        catalogue="" if version is None else f"catalogues/{version}",
        note=source.note,
    )


def offer_to_proto(offer: Offer, version: int | None) -> offer_pb2.Offer:
    """An offer with all that follows from its price."""
    key = offer.key
    return offer_pb2.Offer(
        name=f"{OFFERS}{key.id}",
        provider=PROVIDERS.number(key.provider),
        region=key.region,
        zone=key.zone,
        instance=instance_to_proto(offer.instance),
        purchase_option=PURCHASES.number(key.purchase),
        operating_system=SYSTEMS.number(key.os),
        licence=LICENCES.number(key.licence),
        tenancy=TENANCIES.number(key.tenancy),
        term_months=key.term_months,
        payment_option=PAYMENTS.number(key.payment),
        plan=key.plan,
        hourly_price=money_to_proto(offer.hourly),
        upfront_price=_some(offer.upfront),
        price_per_vcpu_hour=_some(per_vcpu(offer)),
        price_per_gib_hour=_some(per_gib(offer)),
        price_per_gpu_hour=_some(per_gpu(offer)),
        provenance=provenance_to_proto(offer.source, version),
        flags=offer.flags,
    )


def instance_to_proto(instance: Instance) -> offer_pb2.InstanceType:
    """An instance type; what is not known stays unset."""
    return offer_pb2.InstanceType(
        type=instance.type,
        family=instance.family,
        vcpus=instance.millicpus / 1000,
        cpu_unit=CPU_UNITS.number(instance.cpu_unit),
        memory_gib=instance.memory_mib / 1024,
        architecture=ARCHITECTURES.number(instance.architecture),
        gpu=None if instance.gpu is None else _gpu(instance.gpu),
        burstable=instance.burstable,
        local_disk_gib=instance.local_disk_gib,
        network_mbps=instance.network_mbps,
    )


@lru_cache(maxsize=16)
def catalogue_to_proto(version: Version) -> offer_pb2.Catalogue:
    """What is known of a version."""
    return offer_pb2.Catalogue(
        name=version.name,
        origin=ORIGINS.number(version.origin),
        publish_time=time_to_proto(version.published_at),
        oldest_observe_time=time_to_proto(version.read_from),
        newest_observe_time=time_to_proto(version.read_to),
        offers=version.offers,
        notice=version.notice,
    )


def _gpu(gpu: Gpu) -> offer_pb2.Gpu:
    return offer_pb2.Gpu(
        model=gpu.model,
        count=float(gpu.count),
        memory_gib=None if gpu.memory_mib is None else gpu.memory_mib / 1024,
    )


def _some(money: Money | None) -> MoneyMessage | None:
    return None if money is None else money_to_proto(money)
