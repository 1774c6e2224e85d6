"""Give advice: each kind from one version of the catalogue, and away from the event loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from services.pricing.domain.advice.capacity import plan_capacity
from services.pricing.domain.advice.commitments import analyze_commitment
from services.pricing.domain.advice.comparing import compare
from services.pricing.domain.advice.demand_forecasts import forecast_demand
from services.pricing.domain.advice.estimating import estimate
from services.pricing.domain.advice.portfolios import portfolio
from services.pricing.domain.advice.price_forecasts import forecast_prices
from services.pricing.domain.advice.recommending import recommend
from services.pricing.domain.advice.types.capacity import Capacity, PlanCapacityRequest
from services.pricing.domain.advice.types.commitment import AnalyzeCommitmentRequest, CommitmentAnalysis
from services.pricing.domain.advice.types.comparison import CompareRequest, Comparison
from services.pricing.domain.advice.types.estimate import Estimate, EstimateRequest
from services.pricing.domain.advice.types.forecast import (
    DemandForecast,
    ForecastDemandRequest,
    ForecastPricesRequest,
    PriceChange,
    PriceForecast,
)
from services.pricing.domain.advice.types.portfolio import Portfolio, PortfolioRequest
from services.pricing.domain.advice.types.recommendation import Recommendation, RecommendRequest
from services.pricing.domain.errors import OfferNotFound
from services.pricing.domain.index import CatalogueIndex, Holder
from services.pricing.domain.offers import OfferKey
from services.pricing.ports import HistoryReader, Workbench
from services.runtime.clock import Clock

_MOST_CHANGES = 5_000


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version of the catalogue, which a whole request is answered from."""

    index: CatalogueIndex

    def key(self, offer: str) -> OfferKey:
        """The key of the offer with this id. Raises OfferNotFound."""
        row = self.index.find_id(offer)
        if row is None:
            raise OfferNotFound(offer)
        return self.index.key(row)


@dataclass(frozen=True, slots=True)
class Advise:
    """All kinds of advice. Raises what the kind raises, and Overloaded when too much waits already."""

    holder: Holder
    workbench: Workbench
    history: HistoryReader
    clock: Clock

    def pin(self) -> Pinned:
        """The newest version. Raises NoCatalogue before the first."""
        return Pinned(self.holder.current)

    async def compare(self, pinned: Pinned, request: CompareRequest) -> Comparison:
        """Offers side by side."""
        return await self.workbench.run(partial(compare, pinned.index, request))

    async def recommend(self, pinned: Pinned, request: RecommendRequest) -> Recommendation:
        """Ways to cover a need."""
        return await self.workbench.run(partial(recommend, pinned.index, request))

    async def portfolio(self, pinned: Pinned, request: PortfolioRequest) -> Portfolio:
        """How a workload over time is covered."""
        return await self.workbench.run(partial(portfolio, pinned.index, request))

    async def estimate(self, pinned: Pinned, request: EstimateRequest) -> Estimate:
        """What a workload costs."""
        return await self.workbench.run(partial(estimate, pinned.index, request))

    async def analyze_commitment(self, pinned: Pinned, request: AnalyzeCommitmentRequest) -> CommitmentAnalysis:
        """When a commitment pays."""
        return await self.workbench.run(partial(analyze_commitment, pinned.index, request))

    async def forecast_prices(
        self,
        pinned: Pinned,
        offer: OfferKey,
        given: tuple[PriceChange, ...],
        horizon: tuple[int, timedelta, Decimal],
    ) -> PriceForecast:
        """Where the price of an offer is going, from the history that is `given` or else from the catalogue's."""
        steps, step, coverage = horizon
        row = pinned.index.find(offer)
        if row is None:
            raise OfferNotFound(offer.id)
        request = ForecastPricesRequest(
            offer=pinned.index.offer(row),
            changes=given or await self._known(offer.id),
            until=self.clock.now(),
            horizon=steps,
            step=step,
            coverage=coverage,
        )
        return await self.workbench.run(partial(forecast_prices, request))

    async def forecast_demand(self, request: ForecastDemandRequest) -> DemandForecast:
        """Where a demand is going."""
        return await self.workbench.run(partial(forecast_demand, request))

    async def plan_capacity(self, pinned: Pinned, request: PlanCapacityRequest) -> Capacity:
        """How many instances a load needs."""
        return await self.workbench.run(partial(plan_capacity, pinned.index, request))

    async def _known(self, offer: str) -> tuple[PriceChange, ...]:
        spans = await self.history.spans(offer, _MOST_CHANGES, None)
        return tuple(PriceChange(span.from_time, span.hourly) for span in reversed(spans))
