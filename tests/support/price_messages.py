"""Messages of the pricing contract at prices that nobody asks, for what shows or carries them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from malha import money
from malha.pricing.v1 import advisor_service_pb2 as advisor
from malha.pricing.v1 import commitment_pb2, figure_pb2, ingest_service_pb2, intent_pb2, offer_pb2
from malha.pricing.v1 import question_service_pb2 as questions

READ_AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
CATALOGUE = offer_pb2.Catalogue(
    name="catalogues/7", origin=offer_pb2.CATALOGUE_ORIGIN_REFERENCE, offers=3,
    notice="reference catalogue, read 2026-11-20",
)  # fmt: skip


def offer(
    instance_type: str = "m7i.large", hourly: str = "0.1008", purchase: str = "ON_DEMAND", **more: Any
) -> offer_pb2.Offer:
    """An offer of AWS; `more` are further fields."""
    made = offer_pb2.Offer(
        name=f"offers/aws~us-east-1~{instance_type}~{purchase.lower()}",
        provider=offer_pb2.PROVIDER_AWS,
        region="us-east-1",
        instance=offer_pb2.InstanceType(type=instance_type, family="m7i", vcpus=2, memory_gib=8),
        purchase_option=offer_pb2.PurchaseOption.Value(f"PURCHASE_OPTION_{purchase}"),
        operating_system=offer_pb2.OPERATING_SYSTEM_LINUX,
        licence=offer_pb2.LICENCE_INCLUDED,
        tenancy=offer_pb2.TENANCY_SHARED,
        hourly_price=money.of(hourly),
        price_per_vcpu_hour=money.of(Decimal(hourly) / 2),
        price_per_gib_hour=money.of(Decimal(hourly) / 8),
        provenance=provenance(),
    )
    for field, value in more.items():
        _set(made, field, value)
    return made


def _set(message: Any, field: str, value: Any) -> None:
    if hasattr(value, "CopyFrom"):
        getattr(message, field).CopyFrom(value)
    elif isinstance(value, list):
        getattr(message, field).extend(value)
    else:
        setattr(message, field, value)


def provenance(source: str = "https://prices.example/aws.json", read: datetime = READ_AT) -> offer_pb2.Provenance:
    """A source that was read then."""
    made = offer_pb2.Provenance(provider=offer_pb2.PROVIDER_AWS, source=source, catalogue="catalogues/7")
    made.observe_time.FromDatetime(read)
    return made


def figure(amount: str | Decimal, formula: str = "", *offers: str) -> figure_pb2.Figure:
    """An amount in dollars, of these offers."""
    return figure_pb2.Figure(amount=money.of(amount), formula=formula, offers=offers)


def comparison() -> advisor.CompareOffersResponse:
    """Two offers, and a subject without one."""
    offers = [offer(), offer("m7i.xlarge", "0.2016", "SPOT")]
    rows = [
        advisor.ComparedOffer(
            offer=each.name, hourly=figure(hourly), monthly=figure(monthly), yearly=figure(yearly),
            monthly_difference=figure(more), percent_dearer=percent,
        )
        for each, (hourly, monthly, yearly, more, percent) in zip(
            offers,
            [("0.1008", "73.584", "883.008", "0", 0.0), ("0.2016", "147.168", "1766.016", "73.584", 100.0)],
            strict=True,
        )
    ]  # fmt: skip
    return advisor.CompareOffersResponse(
        rows=rows, missing=[2], left_off=1, hours_a_month=730, offers=offers, catalogue=CATALOGUE
    )


def commitment() -> commitment_pb2.AnalyzeCommitmentResponse:
    """A year for 600 at once and nothing more, against 100 a month: even after six months."""
    committed = offer(
        "m7i.large", "0.068", "RESERVED", term_months=12, payment_option=offer_pb2.PAYMENT_OPTION_ALL_UPFRONT
    )
    on_demand = offer()
    months = [
        commitment_pb2.CommitmentMonth(
            month=month, committed=figure("600"), on_demand=figure(str(100 * month)), cheaper=month >= 6
        )
        for month in range(13)
    ]
    sensitivity = [
        commitment_pb2.CommitmentSensitivity(utilization=use, price_change=change, saving=figure(saving))
        for use, change, saving in ((0.4, -10.0, "-168"), (0.4, 0.0, "-120"), (1.0, -10.0, "480"), (1.0, 0.0, "600"))
    ]
    return commitment_pb2.AnalyzeCommitmentResponse(
        commitment=committed.name, on_demand=on_demand.name, utilization=1, upfront=figure("600"), upfront_known=True,
        recurring=figure("0"), committed_total=figure("600"), on_demand_total=figure("1200", "100 USD x 12 months"),
        saving=figure("600"), saving_percent=50, cash_break_even_months=6, use_break_even_months=6,
        break_even_utilization=0.5, months=months, sensitivity=sensitivity, offers=[committed, on_demand],
        catalogue=CATALOGUE,
    )  # fmt: skip


def series(*prices: str) -> questions.PriceSeries:
    """The prices of an offer, the oldest first, each for ten days; the last is that of now."""
    made = questions.PriceSeries(offer=offer(hourly=prices[-1]))
    for index in reversed(range(len(prices))):
        point = made.prices.add(hourly_price=money.of(prices[index]), provenance=provenance())
        point.begin_time.FromDatetime(READ_AT + timedelta(days=10 * index))
        if index + 1 < len(prices):
            point.end_time.FromDatetime(READ_AT + timedelta(days=10 * (index + 1)))
    return made


def intent(text: str, choices: Mapping[str, str] | None = None) -> intent_pb2.Intent:
    """What was understood; with choices, what it may have been."""
    return intent_pb2.Intent(
        operation=intent_pb2.OPERATION_CHEAPEST,
        behaviour=intent_pb2.BEHAVIOUR_CLARIFY if choices else intent_pb2.BEHAVIOUR_ANSWER,
        understood=text,
        language="en",
        choices=[intent_pb2.Choice(text=shown, question=asked) for shown, asked in (choices or {}).items()],
    )


def refreshed(**counts: int) -> ingest_service_pb2.RefreshCatalogResponse:
    """The last message of a refresh that published."""
    return ingest_service_pb2.RefreshCatalogResponse(
        phase=ingest_service_pb2.REFRESH_PHASE_DONE,
        counts=ingest_service_pb2.RefreshCounts(**counts),
        quarantined_by_reason={"price_not_positive": 3, "unit_unknown": 1},
        catalogue=CATALOGUE,
    )
