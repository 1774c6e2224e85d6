"""Builds a version of what a load has come to."""

from __future__ import annotations

import asyncio
from datetime import datetime

from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.offers import Offer
from services.pricing.domain.versions import Origin, Version
from services.pricing.ports import LoadSession


async def build(session: LoadSession, origin: Origin, now: datetime) -> tuple[Version, bytes]:
    """The version that follows the load's base, and its index as bytes. Neither is seen by anybody yet."""
    offers = [offer async for page in session.merged() for offer in page]
    number = 1 if session.base is None else session.base.number + 1
    read = [offer.source.observed_at for offer in offers] or [now]
    version = Version(number, now, origin, min(read), max(read), len(offers))
    return version, await asyncio.to_thread(_snapshot, version, offers)


def _snapshot(version: Version, offers: list[Offer]) -> bytes:
    return CatalogueIndex.build(version, offers).snapshot()
