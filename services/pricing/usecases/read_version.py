"""Reads a version into memory."""

from __future__ import annotations

import asyncio

from services.pricing.domain.index import CatalogueIndex, SnapshotInvalid
from services.pricing.domain.versions import Version
from services.pricing.ports import CatalogueReader


async def read_version(catalogue: CatalogueReader, version: Version) -> CatalogueIndex:
    """The index of a version, made in a thread.

    A snapshot that is gone, or that another release wrote in another format, is made up for from the record, which
    takes longer.
    """
    data = await catalogue.snapshot(version.number)
    if data is not None:
        try:
            return await asyncio.to_thread(CatalogueIndex.restore, version, data)
        except SnapshotInvalid:
            data = None
    offers = [offer async for page in catalogue.offers(version.number) for offer in page]
    return await asyncio.to_thread(CatalogueIndex.build, version, offers)
