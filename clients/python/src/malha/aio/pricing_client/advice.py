"""The part of the asyncio pricing client about advice: what to take, what it costs and when it pays."""

# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from google.type.money_pb2 import Money

from malha import pricing_requests as requests
from malha.aio.pricing_client.calls import AsyncCalls
from malha.pricing.v1 import advisor_service_pb2 as pb
from malha.pricing.v1 import capacity_pb2, commitment_pb2, forecast_pb2, intent_pb2, recommendation_pb2, workload_pb2


class AsyncAdviceCalls(AsyncCalls):
    """Answers name the offers that their figures come from; each has those offers, with their sources."""

    async def compare_offers(
        self,
        subjects: Iterable[requests.Subject],
        *,
        splits: Iterable[pb.Split.ValueType] = (),
        quantity: int = 0,
        usage: workload_pb2.Usage | None = None,
        limit: int = 0,
        timeout: float | None = None,
    ) -> pb.CompareOffersResponse:
        """Sets offers (by name) and needs (constraints) side by side, the cheapest by the month first.

        A need stands for its cheapest offer of each combination of `splits` (default: of each provider).
        """
        request = requests.compare_offers(subjects, splits, quantity, usage, limit)
        return await self._call("CompareOffers", self.advisor.CompareOffers, request, timeout)

    async def recommend_configuration(
        self,
        constraints: intent_pb2.Constraints,
        need: workload_pb2.Work | workload_pb2.Workload | None = None,
        *,
        usage: workload_pb2.Usage | None = None,
        budget: intent_pb2.Budget | None = None,
        interruptible_share: float | None = None,
        max_term_months: int | None = None,
        max_instances: int | None = None,
        together: recommendation_pb2.Together.ValueType = recommendation_pb2.TOGETHER_UNSPECIFIED,
        limit: int = 0,
        timeout: float | None = None,
    ) -> recommendation_pb2.RecommendConfigurationResponse:
        """The cheapest ways to cover a need with instances that keep `constraints`, and why the other ways lost.

        `need` is work that stays the same, or a workload over time, which is answered with a portfolio; without it, one
        instance. `interruptible_share` is the part that the provider may take away, `max_term_months` the longest
        commitment; the contract says what holds where they are not given.
        """
        request = requests.recommend_configuration(
            constraints, need, usage, budget, interruptible_share, max_term_months, max_instances, together, limit
        )
        return await self._call("RecommendConfiguration", self.advisor.RecommendConfiguration, request, timeout)

    async def estimate_workload(
        self, items: Iterable[pb.EstimateItem], *, timeout: float | None = None
    ) -> pb.EstimateWorkloadResponse:
        """What a workload of 1 to 200 items costs by the hour, month and year."""
        request = pb.EstimateWorkloadRequest(items=items)
        return await self._call("EstimateWorkload", self.advisor.EstimateWorkload, request, timeout)

    async def analyze_commitment(
        self,
        commitment: requests.Subject,
        *,
        on_demand_offer: str = "",
        utilization: float | None = None,
        quantity: int = 0,
        utilizations: Iterable[float] = (),
        price_changes: Iterable[float] = (),
        timeout: float | None = None,
    ) -> commitment_pb2.AnalyzeCommitmentResponse:
        """When a commitment is cheaper than paying on demand, month by month, and how firm that is.

        `commitment` is an offer with a term, or a need: its cheapest offer with one.
        """
        request = requests.analyze_commitment(
            commitment, on_demand_offer, utilization, quantity, utilizations, price_changes
        )
        return await self._call("AnalyzeCommitment", self.advisor.AnalyzeCommitment, request, timeout)

    async def forecast_prices(
        self,
        offer: str,
        *,
        horizon: int = 0,
        step: timedelta | None = None,
        coverage: float | None = None,
        history: Mapping[datetime, Money] | None = None,
        timeout: float | None = None,
    ) -> forecast_pb2.ForecastPricesResponse:
        """Where an offer's price is going, from its own history or the one that is given, with intervals.

        A time of `history` without a zone is UTC.
        """
        request = requests.forecast_prices(offer, horizon, step, coverage, history)
        return await self._call("ForecastPrices", self.advisor.ForecastPrices, request, timeout)

    async def forecast_demand(
        self,
        series: Iterable[float],
        *,
        horizon: int = 0,
        season: int | None = None,
        coverage: float | None = None,
        timeout: float | None = None,
    ) -> forecast_pb2.ForecastDemandResponse:
        """Where a demand in equal steps, oldest first, is going, by the method that did best on it, with intervals."""
        request = forecast_pb2.ForecastDemandRequest(series=series, horizon=horizon, season=season, coverage=coverage)
        return await self._call("ForecastDemand", self.advisor.ForecastDemand, request, timeout)

    async def plan_capacity(
        self,
        shapes: Iterable[capacity_pb2.InstanceShape],
        *,
        latency: timedelta,
        rate: float = 0,
        profile: Iterable[float] = (),
        peak_factor: float | None = None,
        margin: float = 0,
        spare_instances: int | None = None,
        zones: int = 0,
        zones_lost: int = 0,
        interruptible_share: float = 0,
        max_term_months: int = 0,
        start_time: timedelta | None = None,
        max_wait: timedelta | None = None,
        timeout: float | None = None,
    ) -> capacity_pb2.PlanCapacityResponse:
        """How many instances a load of `rate` requests a second needs, what that costs, and when to scale.

        `latency` is the time that an instance works on a request; `shapes` say what instances may be like and how many
        requests one of them can work on at a time; `profile` is the rate in each of 24 hours, instead of `rate`.
        """
        request = requests.plan_capacity(
            rate, latency, shapes, profile, peak_factor, margin, spare_instances, zones, zones_lost,
            interruptible_share, max_term_months, start_time, max_wait,
        )  # fmt: skip
        return await self._call("PlanCapacity", self.advisor.PlanCapacity, request, timeout)
