"""All rpcs of each service of `malha.pricing.v1` in one servicer."""

from __future__ import annotations

from dataclasses import dataclass

from services.pricing.rpc.advice import AdviceRpcs
from services.pricing.rpc.alerts import AlertRpcs
from services.pricing.rpc.catalogue import CatalogueRpcs
from services.pricing.rpc.ingest import IngestRpcs
from services.pricing.rpc.prices import PriceRpcs
from services.pricing.rpc.questions import QuestionRpcs

__all__ = ["AdviceRpcs", "AlertRpcs", "CatalogServicer", "IngestRpcs", "QuestionRpcs"]


@dataclass(frozen=True, kw_only=True)
class CatalogServicer(CatalogueRpcs, PriceRpcs):
    """`malha.pricing.v1.CatalogService`."""
