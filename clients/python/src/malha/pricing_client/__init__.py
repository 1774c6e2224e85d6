"""The blocking client of the services in `malha.pricing.v1`: what cloud compute costs, and how that is known."""

from __future__ import annotations

from malha.pricing_client.advice import AdviceCalls
from malha.pricing_client.alerts import AlertCalls
from malha.pricing_client.calls import SERVICES
from malha.pricing_client.catalogue import CatalogueCalls
from malha.pricing_client.ingest import IngestCalls
from malha.pricing_client.questions import QuestionCalls

__all__ = ["SERVICES", "PricingClient"]


class PricingClient(CatalogueCalls, AdviceCalls, QuestionCalls, IngestCalls, AlertCalls):
    """Finds offers and their history, says what to take and what it costs, answers questions, refreshes the catalogue.

    Every method raises a subclass of `malha.MalhaError`, and takes `timeout` in seconds (default: the contract's).
    Calls that change something are repeatable: retries carry the same request id. Lists come page by page, as they are
    needed. Amounts are `google.type.Money`; `malha.money` makes decimals and text of them. An offer's name is
    `offers/{id}`; an offer and an answer that is made from offers have the sources of their figures.

    Attributes:
        catalogue, advisor, questions, ingest, alerts: the generated stubs, for what is not covered here.
    """
