"""Which parts the rpcs of each service of `malha.pricing.v1` are made of."""

from __future__ import annotations

import sys
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres.alerts import PostgresAlerts
from services.pricing.adapters.postgres.catalogue import PostgresCatalogue
from services.pricing.adapters.postgres.quarantine import PostgresQuarantine, PostgresQuarantineReview
from services.pricing.adapters.refreshing import RefreshProcess
from services.pricing.adapters.token_prices import load_catalogue
from services.pricing.domain.index import Holder
from services.pricing.domain.knowledge.passages import KnowledgePort
from services.pricing.encode_offers import OfferEncoder
from services.pricing.ports import HistoryReader, VersionFeed, Webhook
from services.pricing.rpc.servicers import AlertRpcs, CatalogServicer, IngestRpcs, QuestionRpcs
from services.pricing.settings import PricingSettings
from services.pricing.usecases.advise import Advise
from services.pricing.usecases.alerts import CreateAlert
from services.pricing.usecases.ask_question import AskQuestion
from services.pricing.usecases.get_catalogue import GetCatalogue
from services.pricing.usecases.get_offer import GetOffer
from services.pricing.usecases.interpret_question import InterpretQuestion
from services.pricing.usecases.list_places import ListPlaces
from services.pricing.usecases.list_price_history import ListPriceHistory
from services.pricing.usecases.list_quarantine import ListQuarantine
from services.pricing.usecases.list_token_prices import ListTokenPrices
from services.pricing.usecases.search_offers import SearchOffers
from services.pricing.usecases.watch_price_changes import WatchPriceChanges
from services.runtime import db
from services.runtime.clock import Clock
from services.runtime.idempotency import Ledger
from services.runtime.secrets import Vault

REFRESH: Final = (sys.executable, "-m", "services.pricing", "refresh")
"""Starts a process that refreshes: see `services.pricing.adapters.refreshing`."""


def catalogue_rpcs(holder: Holder, record: PostgresCatalogue, feed: VersionFeed, clock: Clock) -> CatalogServicer:
    """`CatalogService`."""
    return CatalogServicer(
        get_catalogue=GetCatalogue(holder, record),
        get_offer=GetOffer(holder),
        list_places=ListPlaces(holder),
        search_offers=SearchOffers(holder),
        list_token_prices=ListTokenPrices(load_catalogue, clock),
        list_price_history=ListPriceHistory(record),
        watch_price_changes=WatchPriceChanges(record, feed),
        encode=OfferEncoder(),
    )


def question_rpcs(advise: Advise, history: HistoryReader, knowledge: KnowledgePort) -> QuestionRpcs:
    """`QuestionService`."""
    interpret = InterpretQuestion(advise.holder)
    return QuestionRpcs(interpret_question=interpret, ask_question=AskQuestion(interpret, advise, history, knowledge))


def ingest_rpcs(settings: PricingSettings, database: AsyncEngine, ledger: Ledger, clock: Clock) -> IngestRpcs:
    """`IngestService`."""
    return IngestRpcs(
        refresh_catalog=RefreshProcess(REFRESH),
        list_quarantine=ListQuarantine(PostgresQuarantine(database)),
        ledger=ledger,
        rows=partial(PostgresQuarantineReview, clock=clock),
        configured=settings.configured,
    )


def alert_rpcs(database: AsyncEngine, ledger: Ledger, vault: Vault, webhook: Webhook, clock: Clock) -> AlertRpcs:
    """`AlertService`."""
    return AlertRpcs(
        create_alert=CreateAlert(webhook, clock),
        ledger=ledger,
        open_work=partial(db.UnitOfWork, database),
        alerts=partial(PostgresAlerts, vault=vault),
    )
