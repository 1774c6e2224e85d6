"""From the domain's advice to the contract's answers."""

from __future__ import annotations

from malha.pricing.v1 import advisor_service_pb2 as pb
from malha.pricing.v1 import commitment_pb2, forecast_pb2, offer_pb2, recommendation_pb2, workload_pb2

from services.pricing.convert import catalogue_to_proto, time_to_proto
from services.pricing.convert_figures import Named, optional, rejected_to_proto
from services.pricing.domain.advice.types.commitment import CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import Compared, Comparison
from services.pricing.domain.advice.types.estimate import Estimate, EstimateLine
from services.pricing.domain.advice.types.forecast import DemandForecast, PriceForecast
from services.pricing.domain.advice.types.needs import Work
from services.pricing.domain.advice.types.recommendation import Option, Recommendation
from services.pricing.domain.versions import Version


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


def recommendation(found: Recommendation) -> recommendation_pb2.RecommendConfigurationResponse:
    """Ways to cover a need."""
    named = Named(found.version)
    return recommendation_pb2.RecommendConfigurationResponse(
        options=[_option(option, named) for option in found.options],
        rejected=rejected_to_proto(found.rejected, named),
        optimal=found.optimal,
        hours_a_month=float(found.hours_a_month),
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


def commitment(found: CommitmentAnalysis) -> commitment_pb2.AnalyzeCommitmentResponse:
    """When a commitment pays."""
    named = Named(found.version)
    return commitment_pb2.AnalyzeCommitmentResponse(
        commitment=named.name(found.commitment),
        on_demand=named.name(found.on_demand),
        utilization=float(found.utilisation),
        upfront=named.figure(found.upfront) if found.upfront_known else None,
        upfront_known=found.upfront_known,
        recurring=named.figure(found.recurring),
        committed_total=named.figure(found.committed_total),
        on_demand_total=named.figure(found.on_demand_total),
        saving=named.figure(found.saving),
        saving_percent=float(found.saving_percent),
        cash_break_even_months=optional(found.cash_break_even_months),
        use_break_even_months=optional(found.use_break_even_months),
        break_even_utilization=float(found.break_even_utilisation),
        months=[
            commitment_pb2.CommitmentMonth(
                month=month.month,
                committed=named.figure(month.committed),
                on_demand=named.figure(month.on_demand),
                cheaper=month.cheaper,
            )
            for month in found.paths
        ],
        sensitivity=[
            commitment_pb2.CommitmentSensitivity(
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


def price_forecast(found: PriceForecast, version: Version) -> forecast_pb2.ForecastPricesResponse:
    """Where a price is going."""
    named = Named(version)
    return forecast_pb2.ForecastPricesResponse(
        offer=named.name(found.offer),
        method=found.method,
        points=[
            forecast_pb2.PriceForecastPoint(
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
        backtest_coverage=optional(found.backtest_coverage),
        notice=found.notice,
        offers=named.offers(),
        catalogue=catalogue_to_proto(version),
    )


def demand_forecast(found: DemandForecast) -> forecast_pb2.ForecastDemandResponse:
    """Where a demand is going; its figures are made from the request's alone."""
    return forecast_pb2.ForecastDemandResponse(
        method=found.method,
        points=[
            forecast_pb2.DemandForecastPoint(step=point.step, expected=point.expected, low=point.low, high=point.high)
            for point in found.points
        ],
        observations=found.observations,
        coverage=float(found.coverage),
        errors=[
            forecast_pb2.ForecastError(method=error.method, mean_absolute_error=error.mean_absolute_error)
            for error in found.errors
        ],
        notice=found.notice,
        provenance=offer_pb2.Provenance(source="request"),
    )


def _compared(row: Compared, named: Named) -> pb.ComparedOffer:
    return pb.ComparedOffer(
        offer=named.name(row.offer),
        subject=row.subject,
        hourly=named.figure(row.hourly),
        monthly=named.figure(row.monthly),
        yearly=named.figure(row.yearly),
        monthly_difference=named.figure(row.difference.monthly),
        percent_dearer=optional(row.difference.percent),
        upfront=named.figure(row.upfront),
    )


def _option(option: Option, named: Named) -> recommendation_pb2.ConfigurationOption:
    return recommendation_pb2.ConfigurationOption(
        lines=[
            recommendation_pb2.ConfigurationLine(
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


def _line(line: EstimateLine, named: Named) -> pb.EstimateLine:
    return pb.EstimateLine(
        item=line.item,
        name=line.name,
        kind=line.kind,
        offer=named.name(line.offer),
        quantity=float(line.quantity),
        hours_a_month=optional(line.hours_a_month),
        hourly=named.figure(line.costs.hourly),
        monthly=named.figure(line.costs.monthly),
        yearly=named.figure(line.costs.yearly),
    )


def _work(work: Work) -> workload_pb2.Work:
    return workload_pb2.Work(
        vcpus=None if work.millicpus is None else work.millicpus / 1000,
        memory_gib=None if work.memory_mib is None else work.memory_mib / 1024,
        gpus=optional(work.gpus),
        instances=work.instances,
    )
