"""From the contract's requests for advice to the domain's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from decimal import Decimal

from google.protobuf.duration_pb2 import Duration
from malha.pricing.v1 import advisor_service_pb2 as pb
from malha.pricing.v1 import capacity_pb2, commitment_pb2, forecast_pb2, recommendation_pb2, workload_pb2

from services.pricing.convert import OFFERS, Enum, money_from_proto
from services.pricing.convert_intents import budget_from_proto, constraints_from_proto, decimal, exact
from services.pricing.domain.advice.types.capacity import PlanCapacityRequest, Shape
from services.pricing.domain.advice.types.commitment import PRICE_CHANGES, UTILISATIONS, AnalyzeCommitmentRequest
from services.pricing.domain.advice.types.comparison import CompareRequest, Split
from services.pricing.domain.advice.types.estimate import EstimateItem, EstimateRequest, GivenQuantity
from services.pricing.domain.advice.types.forecast import DAY, ForecastDemandRequest, PriceChange
from services.pricing.domain.advice.types.needs import DAYS_A_WEEK, ONE_INSTANCE, Usage, Wanted, Work
from services.pricing.domain.advice.types.portfolio import Peak, PortfolioRequest, Workload
from services.pricing.domain.advice.types.recommendation import RecommendRequest, Together
from services.pricing.domain.offers import OfferKey

KeyOf = Callable[[str], OfferKey]
"""Finds the key of an offer's id; raises OfferNotFound."""

_SPLITS = Enum(pb.Split, "SPLIT", Split)
_TOGETHER = Enum(recommendation_pb2.Together, "TOGETHER", Together)
_ROWS, _OPTIONS, _STEPS, _MONTHS, _LONGEST_TERM = 50, 10, 30, 12, 36
_HOURS_A_DAY = 24
_COVERAGE = Decimal("0.9")


def key_of(name: str, find: KeyOf) -> OfferKey:
    """The key of the offer with this resource name; raises OfferNotFound."""
    return find(name.removeprefix(OFFERS))


def wanted(message: workload_pb2.Wanted, find: KeyOf) -> Wanted:
    """An offer's key, or a need; raises OfferNotFound."""
    if message.WhichOneof("wanted") == "offer":
        return key_of(message.offer, find)
    return constraints_from_proto(message.need)


def usage(message: workload_pb2.Usage) -> Usage:
    """For how long something runs."""
    days = exact(message, "days_a_week")
    return Usage(
        hours_a_month=exact(message, "hours_a_month"),
        hours_a_day=exact(message, "hours_a_day"),
        days_a_week=Decimal(DAYS_A_WEEK) if days is None else days,
    )


def compare(message: pb.CompareOffersRequest, find: KeyOf) -> CompareRequest:
    """What is to be compared."""
    return CompareRequest(
        subjects=tuple(wanted(subject, find) for subject in message.subjects),
        split=_SPLITS.members(message.splits) or (Split.PROVIDER,),
        quantity=message.quantity or 1,
        usage=usage(message.usage),
        limit=message.limit or _ROWS,
    )


def recommend(message: recommendation_pb2.RecommendConfigurationRequest) -> RecommendRequest:
    """A need that is the same all the time."""
    return RecommendRequest(
        constraints=constraints_from_proto(message.constraints),
        work=_work(message.work) if message.HasField("work") else ONE_INSTANCE,
        usage=usage(message.usage),
        budget=budget_from_proto(message.budget) if message.HasField("budget") else None,
        interruptible_share=exact(message, "interruptible_share"),
        term_months_at_most=message.max_term_months if message.HasField("max_term_months") else None,
        instances_at_most=message.max_instances if message.HasField("max_instances") else None,
        together=_TOGETHER.member(message.together) if message.together else Together.REGION,
        limit=message.limit or _OPTIONS,
    )


def portfolio(message: recommendation_pb2.RecommendConfigurationRequest) -> PortfolioRequest:
    """A need that changes with time."""
    load = message.workload
    return PortfolioRequest(
        constraints=constraints_from_proto(message.constraints),
        workload=Workload(
            profile=tuple(load.profile),
            baseline=load.baseline,
            peaks=tuple(Peak(peak.instances, decimal(peak.hours_a_month)) for peak in load.peaks),
        ),
        months=load.months or _MONTHS,
        interruptible_share=exact(message, "interruptible_share") or Decimal(0),
        term_months_at_most=message.max_term_months if message.HasField("max_term_months") else _LONGEST_TERM,
        upfront_at_most=money_from_proto(load.max_upfront) if load.HasField("max_upfront") else None,
    )


def estimate(message: pb.EstimateWorkloadRequest, find: KeyOf) -> EstimateRequest:
    """A workload."""
    return EstimateRequest(tuple(_item(item, find) for item in message.items))


def commitment(message: commitment_pb2.AnalyzeCommitmentRequest, find: KeyOf) -> AnalyzeCommitmentRequest:
    """A commitment to be held against paying on demand."""
    return AnalyzeCommitmentRequest(
        commitment=wanted(message.commitment, find),
        on_demand=key_of(message.on_demand_offer, find) if message.on_demand_offer else None,
        utilisation=exact(message, "utilization") or Decimal(1),
        quantity=message.quantity or 1,
        utilisations=tuple(map(decimal, message.utilizations)) or UTILISATIONS,
        price_changes=tuple(map(decimal, message.price_changes)) or PRICE_CHANGES,
    )


def horizon(message: forecast_pb2.ForecastPricesRequest) -> tuple[int, timedelta, Decimal]:
    """Steps, the length of one, and the coverage of a forecast of prices."""
    step = message.step.ToTimedelta() if message.HasField("step") else DAY
    return message.horizon or _STEPS, step, exact(message, "coverage") or _COVERAGE


def given_prices(message: forecast_pb2.ForecastPricesRequest) -> tuple[PriceChange, ...]:
    """The caller's own history; empty without one."""
    return tuple(
        PriceChange(price.time.ToDatetime(UTC), money_from_proto(price.hourly_price)) for price in message.history
    )


def demand(message: forecast_pb2.ForecastDemandRequest) -> ForecastDemandRequest:
    """A series of a demand."""
    season = message.season if message.HasField("season") else None
    return ForecastDemandRequest(
        series=tuple(message.series),
        horizon=message.horizon or season or _HOURS_A_DAY,
        season=season,
        coverage=exact(message, "coverage") or _COVERAGE,
    )


def capacity(message: capacity_pb2.PlanCapacityRequest) -> PlanCapacityRequest:
    """A load, and what an instance can do."""
    return PlanCapacityRequest(
        rate=decimal(message.rate),
        latency_seconds=_seconds(message.latency),
        shapes=tuple(map(_shape, message.shapes)),
        profile=tuple(map(decimal, message.profile)),
        peak_factor=exact(message, "peak_factor") or Decimal(1),
        margin=decimal(message.margin),
        spare_instances=message.spare_instances if message.HasField("spare_instances") else 1,
        zones=message.zones or 1,
        zones_lost=message.zones_lost,
        interruptible_share=decimal(message.interruptible_share),
        term_months_at_most=message.max_term_months,
        start_seconds=_seconds(message.start_time),
        wait_seconds_at_most=_seconds(message.max_wait) if message.HasField("max_wait") else None,
    )


def _work(message: workload_pb2.Work) -> Work:
    return Work(
        millicpus=round(message.vcpus * 1000) if message.HasField("vcpus") else None,
        memory_mib=round(message.memory_gib * 1024) if message.HasField("memory_gib") else None,
        gpus=exact(message, "gpus"),
        instances=message.instances if message.HasField("instances") else None,
    )


def _item(message: pb.EstimateItem, find: KeyOf) -> EstimateItem:
    return EstimateItem(
        name=message.name,
        wanted=wanted(message.wanted, find),
        quantity=message.quantity or 1,
        usage=usage(message.usage),
        storage=_given(message.storage) if message.HasField("storage") else None,
        egress=_given(message.egress) if message.HasField("egress") else None,
    )


def _given(message: pb.GivenQuantity) -> GivenQuantity:
    return GivenQuantity(decimal(message.amount), money_from_proto(message.unit_price))


def _shape(message: capacity_pb2.InstanceShape) -> Shape:
    whole = message.WhichOneof("capacity") == "concurrency"
    return Shape(
        constraints=constraints_from_proto(message.constraints),
        concurrency=decimal(message.concurrency) if whole else None,
        concurrency_per_vcpu=None if whole else decimal(message.concurrency_per_vcpu),
    )


def _seconds(message: Duration) -> Decimal:
    return Decimal(message.seconds) + Decimal(message.nanos).scaleb(-9)
