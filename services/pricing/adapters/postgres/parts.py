"""Sources and instance types of offers: written once each, and read once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.pricing.adapters.postgres.rows import (
    INSTANCE,
    OFFER,
    SOURCE,
    instance_of,
    instance_row,
    offer_of,
    offer_row,
    source_of,
    source_row,
)
from services.pricing.domain.offers import Instance, Offer, Source

_INSTANCE, _SOURCE = len(OFFER) - 2, len(OFFER) - 1


class Parts:
    """What many offers share, known by its id, so that it is neither written nor held more than once."""

    def __init__(self, raw: asyncpg.Connection[Any]) -> None:
        self._raw = raw
        self._ids: dict[Instance | Source, UUID] = {}
        self._instances: dict[UUID, Instance] = {}
        self._sources: dict[UUID, Source] = {}

    async def rows(self, offers: Sequence[Offer]) -> list[tuple[Any, ...]]:
        """The rows of offers, after what they refer to was written."""
        await self.write_sources(offer.source for offer in offers)
        await self._write("instances", INSTANCE, {offer.instance: instance_row for offer in offers})
        return [offer_row(offer, self._ids[offer.instance], self._ids[offer.source]) for offer in offers]

    async def write_sources(self, sources: Iterable[Source]) -> Mapping[Any, UUID]:
        """Writes sources that are not there; the ids of all that were written so far."""
        await self._write("sources", SOURCE, dict.fromkeys(sources, source_row))
        return self._ids

    async def offers(self, rows: Sequence[Sequence[Any]]) -> list[Offer]:
        """The offers of rows that begin with the columns of `OFFER`."""
        await self._read("instances", INSTANCE, {row[_INSTANCE] for row in rows} - self._instances.keys())
        await self._read("sources", SOURCE, {row[_SOURCE] for row in rows} - self._sources.keys())
        return [offer_of(row, self._instances[row[_INSTANCE]], self._sources[row[_SOURCE]]) for row in rows]

    async def sources(self, ids: Iterable[UUID]) -> Mapping[UUID, Source]:
        """The sources with these ids."""
        await self._read("sources", SOURCE, set(ids) - self._sources.keys())
        return self._sources

    async def _write(
        self, table: str, columns: Sequence[str], parts: Mapping[Any, Callable[[Any], tuple[Any, ...]]]
    ) -> None:
        fresh = [made(part) for part, made in parts.items() if part not in self._ids]
        if not fresh:
            return
        places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        await self._raw.executemany(
            f"INSERT INTO pricing.{table} ({', '.join(columns)}) VALUES ({places}) "  # noqa: S608 - names are ours
            "ON CONFLICT DO NOTHING",
            # In one order, so that two who write the same never wait for each other in a circle.
            sorted(fresh, key=lambda row: str(row[0])),
        )
        unknown = [part for part in parts if part not in self._ids]
        self._ids.update(zip(unknown, (row[0] for row in fresh), strict=True))

    async def _read(self, table: str, columns: Sequence[str], ids: set[UUID]) -> None:
        if not ids:
            return
        names = ", ".join(columns)
        found = await self._raw.fetch(
            f"SELECT {names} FROM pricing.{table} WHERE id = ANY($1)",  # noqa: S608 - names are ours
            list(ids),
        )
        for row in found:
            if table == "instances":
                self._instances[row["id"]] = instance_of(row)
            else:
                self._sources[row["id"]] = source_of(row)
