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
from malha.pricing.v1 import (
    capacity_pb2,
    commitment_pb2,
    forecast_pb2,
    intent_pb2,
    offer_pb2,
    recommendation_pb2,
    workload_pb2,
)
from malha.pricing.v1 import ingest_service_pb2 as ingest
from malha.requests import new_request_id

Subject: TypeAlias = "str | intent_pb2.Constraints | workload_pb2.Wanted"
"""An offer by its name, `offers/{id}`, or a need that the best offer meets."""


def wanted(subject: Subject) -> workload_pb2.Wanted:
    """The subject as the contract has it."""
    if isinstance(subject, str):
        return workload_pb2.Wanted(offer=subject)
    if isinstance(subject, intent_pb2.Constraints):
        return workload_pb2.Wanted(need=subject)
    return subject


def compare_offers(
    subjects: Iterable[Subject],
    splits: Iterable[advisor.Split.ValueType],
    quantity: int,
    usage: workload_pb2.Usage | None,
    limit: int,
) -> advisor.CompareOffersRequest:
    """A request to set subjects side by side."""
    return advisor.CompareOffersRequest(
        subjects=map(wanted, subjects), splits=splits, quantity=quantity, usage=usage, limit=limit
    )


def recommend_configuration(
    constraints: intent_pb2.Constraints,
    need: workload_pb2.Work | workload_pb2.Workload | None,
    usage: workload_pb2.Usage | None,
    budget: intent_pb2.Budget | None,
    interruptible_share: float | None,
    max_term_months: int | None,
    max_instances: int | None,
    together: recommendation_pb2.Together.ValueType,
    limit: int,
) -> recommendation_pb2.RecommendConfigurationRequest:
    """A request for the cheapest way to cover a need."""
    return recommendation_pb2.RecommendConfigurationRequest(
        constraints=constraints,
        work=need if isinstance(need, workload_pb2.Work) else None,
        workload=need if isinstance(need, workload_pb2.Workload) else None,
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
) -> commitment_pb2.AnalyzeCommitmentRequest:
    """A request to hold a commitment against paying on demand."""
    return commitment_pb2.AnalyzeCommitmentRequest(
        commitment=wanted(commitment),
        on_demand_offer=on_demand_offer,
        utilization=utilization,
        quantity=quantity,
        utilizations=utilizations,
        price_changes=price_changes,
    )


def forecast_prices(
    offer: str, horizon: int, step: timedelta | None, coverage: float | None, history: Mapping[datetime, Money] | None
) -> forecast_pb2.ForecastPricesRequest:
    """A request for where a price is going."""
    request = forecast_pb2.ForecastPricesRequest(offer=offer, horizon=horizon, step=duration(step), coverage=coverage)
    for moment, price in sorted((history or {}).items()):
        request.history.add(hourly_price=price).time.FromDatetime(moment)
    return request


def plan_capacity(
    rate: float,
    latency: timedelta,
    shapes: Iterable[capacity_pb2.InstanceShape],
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
) -> capacity_pb2.PlanCapacityRequest:
    """A request for how many instances a load needs."""
    return capacity_pb2.PlanCapacityRequest(
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
