"""The contract's values and the domain's say the same, in both directions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from google.protobuf.descriptor import EnumDescriptor
from google.type.money_pb2 import Money as MoneyMessage
from hypothesis import given
from hypothesis import strategies as st
from malha.pricing.v1 import (
    advisor_service_pb2,
    alert_service_pb2,
    capacity_pb2,
    catalog_service_pb2,
    commitment_pb2,
    figure_pb2,
    forecast_pb2,
    ingest_service_pb2,
    intent_pb2,
    offer_pb2,
    question_service_pb2,
    recommendation_pb2,
    workload_pb2,
)

from services.pricing import convert, convert_advice_requests, convert_figures, convert_ingest, convert_plans
from services.pricing.convert import Enum, money_from_proto, money_to_proto, offer_to_proto
from services.pricing.domain import intents
from services.pricing.domain.advice.types.comparison import Split
from services.pricing.domain.advice.types.portfolio import Role
from services.pricing.domain.advice.types.recommendation import Together
from services.pricing.domain.advice.types.rejections import Lost
from services.pricing.domain.loads import Phase
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
from services.pricing.domain.quarantine import QuarantineState
from services.pricing.domain.versions import Origin, Version

CONTRACTS: tuple[ModuleType, ...] = (
    advisor_service_pb2, alert_service_pb2, capacity_pb2, catalog_service_pb2, commitment_pb2, figure_pb2, forecast_pb2,
    ingest_service_pb2, intent_pb2, offer_pb2, question_service_pb2, recommendation_pb2, workload_pb2,
)  # fmt: skip
ENUMS: dict[str, tuple[Enum[Any], Any]] = {
    "Provider": (convert.PROVIDERS, Provider),
    "PurchaseOption": (convert.PURCHASES, Purchase),
    "PaymentOption": (convert.PAYMENTS, Payment),
    "OperatingSystem": (convert.SYSTEMS, OperatingSystem),
    "Licence": (convert.LICENCES, Licence),
    "Tenancy": (convert.TENANCIES, Tenancy),
    "Architecture": (convert.ARCHITECTURES, Architecture),
    "CpuUnit": (convert.CPU_UNITS, CpuUnit),
    "CatalogueOrigin": (convert.ORIGINS, Origin),
    "Operation": (convert.OPERATIONS, intents.Operation),
    "Behaviour": (convert.BEHAVIOURS, intents.Behaviour),
    "AnswerType": (convert.ANSWER_TYPES, intents.AnswerType),
    "Ordering": (convert.ORDERINGS, intents.Ordering),
    "Period": (convert.PERIODS, intents.Period),
    "Split": (convert_advice_requests._SPLITS, Split),
    "Together": (convert_advice_requests._TOGETHER, Together),
    "RejectionReason": (convert_figures._LOST, Lost),
    "PortfolioRole": (convert_plans._ROLES, Role),
    "QuarantineState": (convert_ingest.STATES, QuarantineState),
    "RefreshPhase": (convert_ingest._PHASES, Phase),
}
NOW = datetime(2026, 11, 20, 12, 30, 0, 250_000, tzinfo=UTC)
SOURCE = Source(Provider.AWS, "https://prices.example/1", NOW)
NOTHING_KNOWN = Instance(Provider.AWS, "x1.large", "x1", 2000, 8192)


def _declared() -> dict[str, EnumDescriptor]:
    return {enum.name: enum for contract in CONTRACTS for enum in contract.DESCRIPTOR.enum_types_by_name.values()}


def _offer(instance: Instance = NOTHING_KNOWN, **more: Any) -> Offer:
    return Offer(OfferKey(Provider.AWS, "us-east-1", instance.type), instance, Money.of("0.1"), SOURCE, **more)


def test_no_enum_of_the_contract_is_forgotten() -> None:
    assert _declared().keys() == ENUMS.keys()


@pytest.mark.parametrize("name", ENUMS)
def test_every_value_has_its_member_and_every_member_its_value(name: str) -> None:
    enum, kind = ENUMS[name]
    numbers = {value.number for value in _declared()[name].values} - {0}
    assert {enum.member(number) for number in numbers} == {member for member in kind if member}
    for member in kind:
        assert enum.number(member) in (numbers if member else {0})
        assert not member or enum.member(enum.number(member)) is member


@pytest.mark.parametrize("name", ENUMS)
def test_what_is_not_said_is_no_member(name: str) -> None:
    enum, _ = ENUMS[name]
    for number in (0, 99):
        with pytest.raises(KeyError):
            enum.member(number)
    assert enum.members([0, 1, 1, 0]) == (enum.member(1),)


@given(st.integers(-(10**24), 10**24), st.sampled_from(("USD", "BRL")))
def test_money_keeps_its_value_and_both_parts_its_sign(nanos: int, currency: str) -> None:
    nanos = max(min(nanos, 2**63 * 10**9 - 1), -(2**63) * 10**9 + 10**9)
    message = money_to_proto(Money(nanos, currency))
    assert money_from_proto(message) == Money(nanos, currency)
    assert abs(message.nanos) < 10**9
    assert message.units * message.nanos >= 0
    assert (message.units < 0 or message.nanos < 0) is (nanos < 0)


@pytest.mark.parametrize(
    ("amount", "units", "nanos"),
    [("0", 0, 0), ("-0.5", 0, -500_000_000), ("-1.000000001", -1, -1), ("12.34", 12, 340_000_000)],
)
def test_money_as_the_standard_type_has_it(amount: str, units: int, nanos: int) -> None:
    assert money_to_proto(Money.of(amount)) == MoneyMessage(currency_code="USD", units=units, nanos=nanos)


def test_money_without_a_currency_is_dollars() -> None:
    assert money_from_proto(MoneyMessage(units=1)) == Money.of("1", "USD")


def test_what_is_not_known_is_absent() -> None:
    message = offer_to_proto(_offer(), 3)
    instance = message.instance
    assert not any(instance.HasField(name) for name in ("gpu", "burstable", "local_disk_gib", "network_mbps"))
    assert (instance.cpu_unit, instance.architecture, message.payment_option) == (0, 0, 0)
    for name in ("upfront_price", "price_per_gpu_hour"):
        assert not message.HasField(name)
    assert not message.provenance.HasField("effective_time")


def test_a_known_zero_is_there() -> None:
    instance = Instance(
        Provider.AWS, "x1.large", "x1", 0, 8192, burstable=False, local_disk_gib=0, network_mbps=0,
        gpu=Gpu("L4", Decimal("0.125"), None),
    )  # fmt: skip
    message = offer_to_proto(_offer(instance, upfront=Money(0)), 3)
    for name in ("burstable", "local_disk_gib", "network_mbps"):
        assert message.instance.HasField(name)
        assert not getattr(message.instance, name)
    assert message.HasField("upfront_price")
    assert not message.HasField("price_per_vcpu_hour"), "there are none"
    assert message.instance.gpu.count == 0.125
    assert not message.instance.gpu.HasField("memory_gib")
    assert money_from_proto(message.price_per_gpu_hour) == Money.of("0.8")


def test_an_offer_says_where_it_was_read_and_what_version_it_is_of() -> None:
    message = offer_to_proto(_offer(), 3)
    assert message.name == "offers/aws~us-east-1~x1.large~on_demand"
    assert message.provenance.source == SOURCE.locator
    assert message.provenance.observe_time.ToDatetime(UTC) == NOW
    assert message.provenance.catalogue == "catalogues/3"
    assert offer_to_proto(_offer(), None).provenance.catalogue == ""


def test_a_version_says_how_old_its_rows_are() -> None:
    message = convert.catalogue_to_proto(Version(7, NOW, Origin.REFERENCE, NOW, NOW, 12))
    assert (message.name, message.offers) == ("catalogues/7", 12)
    assert message.notice == "reference catalogue, read 2026-11-20"
