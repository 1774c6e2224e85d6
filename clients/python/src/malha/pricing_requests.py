"""Builds the requests to the pricing services that the blocking and the asyncio client share.

Those that change something have a request id, under which they can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from google.protobuf.duration_pb2 import Duration
from google.type.money_pb2 import Money

from malha.pricing.v1 import advisor_service_pb2 as advisor
from malha.pricing.v1 import alert_service_pb2 as alerts
from malha.pricing.v1 import ingest_service_pb2 as ingest
from malha.pricing.v1 import intent_pb2, offer_pb2
from malha.requests import new_request_id

Subject: TypeAlias = "str | intent_pb2.Constraints | advisor.Wanted"
"""An offer by its name, `offers/{id}`, or a need that the best offer meets."""


def wanted(subject: Subject) -> advisor.Wanted:
    """The subject as the contract has it."""
    if isinstance(subject, str):
        return advisor.Wanted(offer=subject)
    if isinstance(subject, intent_pb2.Constraints):
        return advisor.Wanted(need=subject)
    return subject


def compare_offers(
    subjects: Iterable[Subject],
    splits: Iterable[advisor.Split.ValueType],
    quantity: int,
    usage: advisor.Usage | None,
    limit: int,
) -> advisor.CompareOffersRequest:
    """A request to set subjects side by side."""
    return advisor.CompareOffersRequest(
        subjects=map(wanted, subjects), splits=splits, quantity=quantity, usage=usage, limit=limit
    )


def recommend_configuration(
    constraints: intent_pb2.Constraints,
    need: advisor.Work | advisor.Workload | None,
    usage: advisor.Usage | None,
    budget: intent_pb2.Budget | None,
    interruptible_share: float | None,
    max_term_months: int | None,
    max_instances: int | None,
    together: advisor.Together.ValueType,
    limit: int,
) -> advisor.RecommendConfigurationRequest:
    """A request for the cheapest way to cover a need."""
    return advisor.RecommendConfigurationRequest(
        constraints=constraints,
        work=need if isinstance(need, advisor.Work) else None,
        workload=need if isinstance(need, advisor.Workload) else None,
        usage=usage,
        budget=budget,
        interruptible_share=interruptible_share,
        max_term_months=max_term_months,
        max_instances=max_instances,
        together=together,
        limit=limit,
    )


def analyze_commitment(
    commitment: Subject,
    on_demand_offer: str,
    utilization: float | None,
    quantity: int,
    utilizations: Iterable[float],
    price_changes: Iterable[float],
) -> advisor.AnalyzeCommitmentRequest:
    """A request to hold a commitment against paying on demand."""
    return advisor.AnalyzeCommitmentRequest(
        commitment=wanted(commitment),
        on_demand_offer=on_demand_offer,
        utilization=utilization,
        quantity=quantity,
        utilizations=utilizations,
        price_changes=price_changes,
    )


def forecast_prices(
    offer: str, horizon: int, step: timedelta | None, coverage: float | None, history: Mapping[datetime, Money] | None
) -> advisor.ForecastPricesRequest:
    """A request for where a price is going."""
    request = advisor.ForecastPricesRequest(offer=offer, horizon=horizon, step=duration(step), coverage=coverage)
    for moment, price in sorted((history or {}).items()):
        request.history.add(hourly_price=price).time.FromDatetime(moment)
    return request


def plan_capacity(
    rate: float,
    latency: timedelta,
    shapes: Iterable[advisor.InstanceShape],
    profile: Iterable[float],
    peak_factor: float | None,
    margin: float,
    spare_instances: int | None,
    zones: int,
    zones_lost: int,
    interruptible_share: float,
    max_term_months: int,
    start_time: timedelta | None,
    max_wait: timedelta | None,
) -> advisor.PlanCapacityRequest:
    """A request for how many instances a load needs."""
    return advisor.PlanCapacityRequest(
        rate=rate,
        latency=duration(latency),
        shapes=shapes,
        profile=profile,
        peak_factor=peak_factor,
        margin=margin,
        spare_instances=spare_instances,
        zones=zones,
        zones_lost=zones_lost,
        interruptible_share=interruptible_share,
        max_term_months=max_term_months,
        start_time=duration(start_time),
        max_wait=duration(max_wait),
    )


def duration(span: timedelta | None) -> Duration | None:
    """A span of time as a message; None for none."""
    if span is None:
        return None
    made = Duration()
    made.FromTimedelta(span)
    return made


def refresh_catalog(
    providers: Iterable[offer_pb2.Provider.ValueType],
    regions: Iterable[str],
    validate_only: bool,
    request_id: str | None,
) -> ingest.RefreshCatalogRequest:
    """A request to read prices anew."""
    return ingest.RefreshCatalogRequest(
        providers=providers, regions=regions, validate_only=validate_only, request_id=request_id or new_request_id()
    )


def review_quarantine(
    name: str, state: ingest.QuarantineState.ValueType, reason: str, request_id: str | None
) -> ingest.ReviewQuarantineRequest:
    """A request to decide about a row."""
    return ingest.ReviewQuarantineRequest(
        name=name, state=state, reason=reason, request_id=request_id or new_request_id()
    )


def create_price_alert(
    display_name: str, webhook_url: str, secret: str, expression: str, request_id: str | None
) -> alerts.CreatePriceAlertRequest:
    """A request for an alert."""
    return alerts.CreatePriceAlertRequest(
        display_name=display_name,
        filter=expression,
        webhook_url=webhook_url,
        secret=secret,
        request_id=request_id or new_request_id(),
    )


def delete_price_alert(name: str, request_id: str | None) -> alerts.DeletePriceAlertRequest:
    """A request to remove an alert."""
    return alerts.DeletePriceAlertRequest(name=name, request_id=request_id or new_request_id())
