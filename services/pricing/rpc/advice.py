"""The rpcs of advice: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass

from malha.pricing.v1 import advisor_service_pb2 as pb
from malha.pricing.v1 import capacity_pb2, commitment_pb2, forecast_pb2, recommendation_pb2
from malha.pricing.v1.advisor_service_pb2_grpc import AdvisorServiceServicer

from services.pricing import convert_advice as answers
from services.pricing import convert_advice_requests as requests
from services.pricing import convert_plans as plans
from services.pricing.usecases.advise import Advise


@dataclass(frozen=True, kw_only=True)
class AdviceRpcs(AdvisorServiceServicer):
    """`malha.pricing.v1.AdvisorService`."""

    advise: Advise

    async def CompareOffers(self, request: pb.CompareOffersRequest, context: object) -> pb.CompareOffersResponse:
        pinned = self.advise.pin()
        return answers.comparison(await self.advise.compare(pinned, requests.compare(request, pinned.key)))

    async def RecommendConfiguration(
        self, request: recommendation_pb2.RecommendConfigurationRequest, context: object
    ) -> recommendation_pb2.RecommendConfigurationResponse:
        pinned = self.advise.pin()
        if request.WhichOneof("need") == "workload":
            return plans.portfolio(await self.advise.portfolio(pinned, requests.portfolio(request)))
        return answers.recommendation(await self.advise.recommend(pinned, requests.recommend(request)))

    async def EstimateWorkload(
        self, request: pb.EstimateWorkloadRequest, context: object
    ) -> pb.EstimateWorkloadResponse:
        pinned = self.advise.pin()
        return answers.estimate(await self.advise.estimate(pinned, requests.estimate(request, pinned.key)))

    async def AnalyzeCommitment(
        self, request: commitment_pb2.AnalyzeCommitmentRequest, context: object
    ) -> commitment_pb2.AnalyzeCommitmentResponse:
        pinned = self.advise.pin()
        wanted = requests.commitment(request, pinned.key)
        return answers.commitment(await self.advise.analyze_commitment(pinned, wanted))

    async def ForecastPrices(
        self, request: forecast_pb2.ForecastPricesRequest, context: object
    ) -> forecast_pb2.ForecastPricesResponse:
        pinned = self.advise.pin()
        offer, given = requests.key_of(request.offer, pinned.key), requests.given_prices(request)
        found = await self.advise.forecast_prices(pinned, offer, given, requests.horizon(request))
        return answers.price_forecast(found, pinned.index.version)

    async def ForecastDemand(
        self, request: forecast_pb2.ForecastDemandRequest, context: object
    ) -> forecast_pb2.ForecastDemandResponse:
        return answers.demand_forecast(await self.advise.forecast_demand(requests.demand(request)))

    async def PlanCapacity(
        self, request: capacity_pb2.PlanCapacityRequest, context: object
    ) -> capacity_pb2.PlanCapacityResponse:
        pinned = self.advise.pin()
        return plans.capacity(await self.advise.plan_capacity(pinned, requests.capacity(request)))
