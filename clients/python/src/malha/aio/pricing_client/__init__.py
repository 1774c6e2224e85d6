"""The asyncio client of the services in `malha.pricing.v1`; its methods promise what those of the blocking one do."""

from __future__ import annotations

from malha.aio.pricing_client.advice import AsyncAdviceCalls
from malha.aio.pricing_client.alerts import AsyncAlertCalls
from malha.aio.pricing_client.catalogue import AsyncCatalogueCalls
from malha.aio.pricing_client.ingest import AsyncIngestCalls
from malha.aio.pricing_client.questions import AsyncQuestionCalls

__all__ = ["AsyncPricingClient"]


class AsyncPricingClient(AsyncCatalogueCalls, AsyncAdviceCalls, AsyncQuestionCalls, AsyncIngestCalls, AsyncAlertCalls):
    """See `malha.pricing_client.PricingClient`. Lists are iterated with `async for`.

    Attributes:
        catalogue, advisor, questions, ingest, alerts: the generated stubs, for what is not covered here.
    """
