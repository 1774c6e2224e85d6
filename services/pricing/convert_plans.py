"""From portfolios and plans of capacity to the contract's answers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from google.protobuf.duration_pb2 import Duration
from malha.pricing.v1 import capacity_pb2, recommendation_pb2

from services.pricing.convert import Enum, catalogue_to_proto
from services.pricing.convert_figures import Named, optional, rejected_to_proto
from services.pricing.domain.advice.types.capacity import Capacity, CapacityPlan, EventRule, ScheduledRule
from services.pricing.domain.advice.types.portfolio import Portfolio, PortfolioLine, Role

_ROLES = Enum(recommendation_pb2.PortfolioRole, "PORTFOLIO_ROLE", Role)


def portfolio(found: Portfolio) -> recommendation_pb2.RecommendConfigurationResponse:
    """How a workload over time is covered."""
    named = Named(found.version)
    return recommendation_pb2.RecommendConfigurationResponse(
        portfolio=_portfolio(found, named) if found.lines else None,
        rejected=rejected_to_proto(found.rejected, named),
        optimal=found.optimal,
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def capacity(found: Capacity) -> capacity_pb2.PlanCapacityResponse:
    """Ways to carry a load."""
    named = Named(found.version)
    return capacity_pb2.PlanCapacityResponse(
        plans=[_plan(plan, named) for plan in found.plans],
        rejected=rejected_to_proto(found.rejected, named),
        offers=named.offers(),
        catalogue=catalogue_to_proto(found.version),
    )


def _portfolio(found: Portfolio, named: Named) -> recommendation_pb2.Portfolio:
    return recommendation_pb2.Portfolio(
        lines=[_portfolio_line(line, named) for line in found.lines],
        monthly=named.figure(found.monthly),
        total=named.figure(found.total),
        all_on_demand=named.figure(found.all_on_demand),
        saving=named.figure(found.saving),
        saving_percent=optional(found.saving_percent),
        commitment_utilization=optional(found.commitment_utilisation),
        interruptible_share=float(found.interruptible_share),
        risks=[
            recommendation_pb2.PortfolioRisk(kind=risk.kind, text=risk.text, figure=named.figure(risk.figure))
            for risk in found.risks
        ],
    )


def _portfolio_line(line: PortfolioLine, named: Named) -> recommendation_pb2.PortfolioLine:
    return recommendation_pb2.PortfolioLine(
        offer=named.name(line.offer),
        role=_ROLES.number(line.role),
        instances=line.instances,
        paid_hours=float(line.paid_hours),
        used_hours=float(line.used_hours),
        monthly=named.figure(line.monthly),
        total=named.figure(line.total),
        upfront=named.figure(line.upfront),
    )


def _plan(plan: CapacityPlan, named: Named) -> capacity_pb2.CapacityPlan:
    return capacity_pb2.CapacityPlan(
        strategy=plan.strategy,
        lines=[
            capacity_pb2.CapacityLine(
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
        hours=[
            capacity_pb2.CapacityHour(hour=hour.hour, needed=hour.needed, running=hour.running) for hour in plan.hours
        ],
        formula=plan.formula,
        scheduled=map(_scheduled, plan.scheduled),
        event_driven=map(_event, plan.event_driven),
        survives=plan.survives,
    )


def _scheduled(rule: ScheduledRule) -> capacity_pb2.ScheduledScaling:
    return capacity_pb2.ScheduledScaling(
        cron=rule.cron, from_hour=rule.from_hour, to_hour=rule.to_hour, min_instances=rule.minimum
    )


def _event(rule: EventRule) -> capacity_pb2.EventScaling:
    return capacity_pb2.EventScaling(
        signal=rule.signal,
        scale_out_above=float(rule.out_above),
        scale_in_below=float(rule.in_below),
        cooldown=_duration(rule.cooldown_seconds),
        min_instances=rule.minimum,
        max_instances=rule.maximum,
        formula=rule.formula,
    )


def _duration(seconds: Decimal) -> Duration:
    message = Duration()
    message.FromTimedelta(timedelta(seconds=float(seconds)))
    return message
