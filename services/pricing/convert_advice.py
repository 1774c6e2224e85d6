"""From the domain's advice to the contract's answers.

An answer names its offers and has each of them once, with its source: `Named` collects them as figures are converted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from google.protobuf.duration_pb2 import Duration
from malha.pricing.v1 import advisor_service_pb2 as pb
from malha.pricing.v1 import offer_pb2
from malha.pricing.v1.figure_pb2 import Figure as FigureMessage

from services.pricing.convert import (
    OFFERS,
    PROVIDERS,
    PURCHASES,
    Enum,
    catalogue_to_proto,
    money_to_proto,
    offer_to_proto,
    time_to_proto,
)
from services.pricing.domain.advice.types.capacity import Capacity, CapacityPlan, EventRule, ScheduledRule
from services.pricing.domain.advice.types.commitment import CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import Compared, Comparison
from services.pricing.domain.advice.types.estimate import Estimate, EstimateLine
from services.pricing.domain.advice.types.figures import Figure
from services.pricing.domain.advice.types.forecast import DemandForecast, PriceForecast
from services.pricing.domain.advice.types.needs import Work
from services.pricing.domain.advice.types.portfolio import Portfolio, PortfolioLine, Role
from services.pricing.domain.advice.types.recommendation import Option, Recommendation
from services.pricing.domain.advice.types.rejections import Lost, Rejected
from services.pricing.domain.offers import Offer
from services.pricing.domain.versions import Version

_ROLES = Enum(pb.PortfolioRole, "PORTFOLIO_ROLE", Role)
_LOST = Enum(pb.RejectionReason, "REJECTION_REASON", Lost)


@dataclass(slots=True)
class Named:
    """The offers that an answer names."""

    version: Version
    found: dict[str, Offer] = field(default_factory=dict)

    def name(self, offer: Offer | None) -> str:
        """The offer's name, which the answer will have; empty for none."""
        if offer is None:
            return ""
        key = offer.key.id
        self.found.setdefault(key, offer)
        return f"{OFFERS}{key}"

    def figure(self, figure: Figure | None) -> FigureMessage | None:
        """An amount with its origin; None stays None."""
        if figure is None:
            return None
        return FigureMessage(
            amount=money_to_proto(figure.money),
            formula=figure.formula,
            offers=[self.name(offer) for offer in figure.offers],
            given=figure.given,
        )

    def offers(self) -> list[offer_pb2.Offer]:
        """All that were named."""
        return [offer_to_proto(offer, self.version.number) for offer in self.found.values()]


def comparison(found: Comparison) -> pb.CompareOffersResponse:
    """Offers side by side."""
    named = Named(found.version)
    return pb.CompareOffersResponse(
        rows=[_compared(row, named) for row in found.rows],
        missing=found.missing,
        left_off=found.left_off,
        hours_a_month=float(found.hours_a_month),
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def recommendation(found: Recommendation) -> pb.RecommendConfigurationResponse:
    """Ways to cover a need."""
    named = Named(found.version)
    return pb.RecommendConfigurationResponse(
        options=[_option(option, named) for option in found.options],
        rejected=_rejected(found.rejected, named),
        optimal=found.optimal,
        hours_a_month=float(found.hours_a_month),
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def portfolio(found: Portfolio) -> pb.RecommendConfigurationResponse:
    """How a workload over time is covered."""
    named = Named(found.version)
    return pb.RecommendConfigurationResponse(
        portfolio=_portfolio(found, named) if found.lines else None,
        rejected=_rejected(found.rejected, named),
        optimal=found.optimal,
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def estimate(found: Estimate) -> pb.EstimateWorkloadResponse:
    """What a workload costs."""
    named = Named(found.version)
    return pb.EstimateWorkloadResponse(
        lines=[_line(line, named) for line in found.lines],
        hourly=named.figure(found.total.hourly),
        monthly=named.figure(found.total.monthly),
        yearly=named.figure(found.total.yearly),
        upfront=named.figure(found.upfront),
        missing=found.missing,
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def commitment(found: CommitmentAnalysis) -> pb.AnalyzeCommitmentResponse:
    """When a commitment pays."""
    named = Named(found.version)
    return pb.AnalyzeCommitmentResponse(
        commitment=named.name(found.commitment),
        on_demand=named.name(found.on_demand),
        utilization=float(found.utilisation),
        upfront=named.figure(found.upfront),
        upfront_known=found.upfront_known,
        recurring=named.figure(found.recurring),
        committed_total=named.figure(found.committed_total),
        on_demand_total=named.figure(found.on_demand_total),
        saving=named.figure(found.saving),
        saving_percent=float(found.saving_percent),
        cash_break_even_months=_float(found.cash_break_even_months),
        use_break_even_months=_float(found.use_break_even_months),
        break_even_utilization=float(found.break_even_utilisation),
        months=[
            pb.CommitmentMonth(
                month=month.month,
                committed=named.figure(month.committed),
                on_demand=named.figure(month.on_demand),
                cheaper=month.cheaper,
            )
            for month in found.paths
        ],
        sensitivity=[
            pb.CommitmentSensitivity(
                utilization=float(cell.utilisation),
                price_change=float(cell.price_change),
                saving=named.figure(cell.saving),
                saving_percent=float(cell.saving_percent),
            )
            for cell in found.sensitivity
        ],
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def price_forecast(found: PriceForecast, version: Version) -> pb.ForecastPricesResponse:
    """Where a price is going."""
    named = Named(version)
    return pb.ForecastPricesResponse(
        offer=named.name(found.offer),
        method=found.method,
        points=[
            pb.PriceForecastPoint(
                time=time_to_proto(point.at),
                expected=named.figure(point.expected),
                low=named.figure(point.low),
                high=named.figure(point.high),
            )
            for point in found.points
        ],
        observations=found.observations,
        changes=found.changes,
        coverage=float(found.coverage),
        backtest_coverage=_float(found.backtest_coverage),
        notice=found.notice,
        offers=named.offers(),
        catalogue=catalogue_to_proto(version),
    )


def demand_forecast(found: DemandForecast) -> pb.ForecastDemandResponse:
    """Where a demand is going; its figures are made from the request's alone."""
    return pb.ForecastDemandResponse(
        method=found.method,
        points=[
            pb.DemandForecastPoint(step=point.step, expected=point.expected, low=point.low, high=point.high)
            for point in found.points
        ],
        observations=found.observations,
        coverage=float(found.coverage),
        errors=[
            pb.ForecastError(method=error.method, mean_absolute_error=error.mean_absolute_error)
            for error in found.errors
        ],
        notice=found.notice,
        provenance=offer_pb2.Provenance(source="request"),
    )


def capacity(found: Capacity) -> pb.PlanCapacityResponse:
    """Ways to carry a load."""
    named = Named(found.version)
    return pb.PlanCapacityResponse(
        plans=[_plan(plan, named) for plan in found.plans],
        rejected=_rejected(found.rejected, named),
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def _compared(row: Compared, named: Named) -> pb.ComparedOffer:
    return pb.ComparedOffer(
        offer=named.name(row.offer),
        subject=row.subject,
        hourly=named.figure(row.hourly),
        monthly=named.figure(row.monthly),
        yearly=named.figure(row.yearly),
        monthly_difference=named.figure(row.difference.monthly),
        percent_dearer=_float(row.difference.percent),
        upfront=named.figure(row.upfront),
    )


def _option(option: Option, named: Named) -> pb.ConfigurationOption:
    return pb.ConfigurationOption(
        lines=[
            pb.ConfigurationLine(
                offer=named.name(line.offer),
                count=line.count,
                hourly=named.figure(line.hourly),
                monthly=named.figure(line.monthly),
            )
            for line in option.lines
        ],
        hourly=named.figure(option.hourly),
        monthly=named.figure(option.monthly),
        yearly=named.figure(option.yearly),
        covered=_work(option.covered),
        interruptible_share=float(option.interruptible_share),
        monthly_difference=named.figure(option.above_best),
        explanation=option.explanation,
    )


def _portfolio(found: Portfolio, named: Named) -> pb.Portfolio:
    return pb.Portfolio(
        lines=[_portfolio_line(line, named) for line in found.lines],
        monthly=named.figure(found.monthly),
        total=named.figure(found.total),
        all_on_demand=named.figure(found.all_on_demand),
        saving=named.figure(found.saving),
        saving_percent=_float(found.saving_percent),
        commitment_utilization=_float(found.commitment_utilisation),
        interruptible_share=float(found.interruptible_share),
        risks=[
            pb.PortfolioRisk(kind=risk.kind, text=risk.text, figure=named.figure(risk.figure)) for risk in found.risks
        ],
    )


def _portfolio_line(line: PortfolioLine, named: Named) -> pb.PortfolioLine:
    return pb.PortfolioLine(
        offer=named.name(line.offer),
        role=_ROLES.number(line.role),
        instances=line.instances,
        paid_hours=float(line.paid_hours),
        used_hours=float(line.used_hours),
        monthly=named.figure(line.monthly),
        total=named.figure(line.total),
        upfront=named.figure(line.upfront),
    )


def _line(line: EstimateLine, named: Named) -> pb.EstimateLine:
    return pb.EstimateLine(
        item=line.item,
        name=line.name,
        kind=line.kind,
        offer=named.name(line.offer),
        quantity=float(line.quantity),
        hours_a_month=_float(line.hours_a_month),
        hourly=named.figure(line.costs.hourly),
        monthly=named.figure(line.costs.monthly),
        yearly=named.figure(line.costs.yearly),
    )


def _plan(plan: CapacityPlan, named: Named) -> pb.CapacityPlan:
    return pb.CapacityPlan(
        strategy=plan.strategy,
        lines=[
            pb.CapacityLine(
                offer=named.name(line.offer),
                instances=line.instances,
                instance_hours=float(line.instance_hours),
                monthly=named.figure(line.monthly),
            )
            for line in plan.lines
        ],
        instances=plan.instances,
        concurrency=float(plan.concurrency),
        monthly=named.figure(plan.monthly),
        yearly=named.figure(plan.yearly),
        hours=[pb.CapacityHour(hour=hour.hour, needed=hour.needed, running=hour.running) for hour in plan.hours],
        formula=plan.formula,
        scheduled=map(_scheduled, plan.scheduled),
        event_driven=map(_event, plan.event_driven),
        survives=plan.survives,
    )


def _scheduled(rule: ScheduledRule) -> pb.ScheduledScaling:
    return pb.ScheduledScaling(
        cron=rule.cron, from_hour=rule.from_hour, to_hour=rule.to_hour, min_instances=rule.minimum
    )


def _event(rule: EventRule) -> pb.EventScaling:
    return pb.EventScaling(
        signal=rule.signal,
        scale_out_above=float(rule.out_above),
        scale_in_below=float(rule.in_below),
        cooldown=_duration(rule.cooldown_seconds),
        min_instances=rule.minimum,
        max_instances=rule.maximum,
        formula=rule.formula,
    )


def _rejected(found: Iterable[Rejected], named: Named) -> list[pb.RejectedOption]:
    return [
        pb.RejectedOption(
            provider=PROVIDERS.number(each.options.provider),
            purchase_option=PURCHASES.number(each.options.purchase),
            term_months=each.options.term_months,
            reason=_LOST.number(each.reason),
            text=each.text,
            constraint=each.constraint,
            offer=named.name(each.offer),
            difference=named.figure(each.difference),
        )
        for each in found
    ]


def _work(work: Work) -> pb.Work:
    return pb.Work(
        vcpus=None if work.millicpus is None else work.millicpus / 1000,
        memory_gib=None if work.memory_mib is None else work.memory_mib / 1024,
        gpus=_float(work.gpus),
        instances=work.instances,
    )


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _duration(seconds: Decimal) -> Duration:
    message = Duration()
    message.FromTimedelta(timedelta(seconds=float(seconds)))
    return message
