"""Published versions, the history of prices and their changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.pricing.adapters.postgres.rows import INSTANCE, OFFER, SOURCE, instance_of, offer_of, source_of
from services.pricing.adapters.postgres.tables import (
    instances,
    interruptions,
    offers,
    price_changes,
    snapshots,
    sources,
    versions,
)
from services.pricing.domain.changes import ChangeKind, PriceChange, PriceSpan
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Offer, OperatingSystem, Provider
from services.pricing.domain.readings import Interruption
from services.pricing.domain.versions import Origin, Version
from services.runtime.db import Transaction

_PAGE: Final = 5_000
_confirmed = sources.alias("confirmed")
_before = offers.alias("before")


class PostgresCatalogue:
    """See CatalogueReader, HistoryReader, ChangeReader and InterruptionReader."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def newest(self) -> Version | None:
        """The newest version."""
        rows = await self._rows(select(versions).order_by(versions.c.number.desc()).limit(1))
        return version_of(rows[0]) if rows else None

    async def version(self, number: int) -> Version | None:
        """A version by its number."""
        rows = await self._rows(select(versions).where(versions.c.number == number))
        return version_of(rows[0]) if rows else None

    async def snapshot(self, number: int) -> bytes | None:
        """The bytes of a version's index."""
        rows = await self._rows(select(snapshots.c.data).where(snapshots.c.version == number))
        return bytes(rows[0].data) if rows else None

    async def offers(self, number: int) -> AsyncIterator[list[Offer]]:
        """All offers of a version, page by page, by their ids."""
        then = (offers.c.from_version <= number, func.coalesce(offers.c.to_version > number, True))
        after = ""
        while True:
            statement = _offers().where(*then, offers.c.offer > after).order_by(offers.c.offer).limit(_PAGE)
            rows = await self._rows(statement)
            if not rows:
                return
            after = rows[-1].offer
            yield [_offer(row) for row in rows]

    async def reference_digest(self, number: int) -> bytes | None:
        """Of the reference catalogue that a version was made from."""
        rows = await self._rows(select(versions.c.reference_digest).where(versions.c.number == number))
        return rows[0].reference_digest if rows else None

    async def spans(self, offer: str, limit: int, before: int | None) -> list[PriceSpan]:
        """The spans of an offer, newest first."""
        columns = offers.c
        statement = (
            select(offers, *_labelled(sources, "first"), *_labelled(_confirmed, "last"))
            .join(sources, sources.c.id == columns.source)
            .join(_confirmed, _confirmed.c.id == columns.confirmed)
            .where(columns.offer == offer)
            .order_by(columns.id.desc())
            .limit(limit)
        )
        if before is not None:
            statement = statement.where(columns.id < before)
        return [_span(row) for row in await self._rows(statement)]

    async def known(self, offer: str) -> bool:
        """Whether any version had the offer."""
        rows = await self._rows(select(exists().where(offers.c.offer == offer)))
        return bool(rows[0][0])

    async def changes(self, after: int, limit: int) -> list[PriceChange]:
        """Changes in the order of their numbers."""
        async with Transaction(self._engine) as work:
            return await changes_of(work.connection, price_changes.c.sequence > after, limit)

    async def last_sequence(self) -> int:
        """The newest change's number."""
        rows = await self._rows(select(func.coalesce(func.max(price_changes.c.sequence), 0)))
        return int(rows[0][0])

    async def interruptions(self, provider: Provider) -> list[Interruption]:
        """How often spot instances of a provider are taken away, as it was read last."""
        statement = (
            select(interruptions, *_labelled(sources, "first"))
            .join(sources, sources.c.id == interruptions.c.source)
            .where(interruptions.c.provider == provider.value)
            .order_by(interruptions.c.region, interruptions.c.instance_type, interruptions.c.os)
        )
        return [
            Interruption(
                provider, row.region, row.instance_type, OperatingSystem(row.os), row.percent_from, row.percent_to,
                source_of(_part(row, "first", SOURCE)),
            )
            for row in await self._rows(statement)
        ]  # fmt: skip

    async def _rows(self, statement: Select[Any]) -> list[Any]:
        async with Transaction(self._engine) as work:
            return list((await work.connection.execute(statement)).all())


async def changes_of(connection: AsyncConnection, which: Any, limit: int) -> list[PriceChange]:
    """The changes that `which` selects, in order."""
    statement = (
        _offers()
        .add_columns(price_changes, _before.c.hourly.label("before_hourly"))
        .join(price_changes, price_changes.c.span == offers.c.id)
        .outerjoin(_before, _before.c.id == price_changes.c.before)
        .where(which)
        .order_by(price_changes.c.sequence)
        .limit(limit)
    )  # fmt: skip
    return [_change(row) for row in await connection.execute(statement)]


def _offers() -> Select[Any]:
    return (
        select(offers, *_labelled(_confirmed, "last"), *_labelled(instances, "of"))
        .join(_confirmed, _confirmed.c.id == offers.c.confirmed)
        .join(instances, instances.c.id == offers.c.instance)
    )


def version_of(row: Any) -> Version:
    """The version of a row of the table."""
    return Version(row.number, row.published_at, Origin(row.origin), row.read_from, row.read_to, row.offers)


def _labelled(table: Any, prefix: str) -> list[Any]:
    return [column.label(f"{prefix}_{column.name}") for column in table.c]


def _part(row: Any, prefix: str, names: tuple[str, ...]) -> list[Any]:
    return [getattr(row, f"{prefix}_{name}") for name in names]


def _span(row: Any) -> PriceSpan:
    return PriceSpan(
        id=row.id,
        offer=row.offer,
        hourly=Money(row.hourly, row.currency),
        upfront=None if row.upfront is None else Money(row.upfront, row.currency),
        flags=tuple(row.flags),
        source=source_of(_part(row, "first", SOURCE)),
        confirmed=source_of(_part(row, "last", SOURCE)),
        from_version=row.from_version,
        from_time=row.from_time,
        to_version=row.to_version,
        to_time=row.to_time,
    )


def _offer(row: Any) -> Offer:
    return offer_of(
        [getattr(row, name) for name in OFFER],
        instance_of(_part(row, "of", INSTANCE)),
        source_of(_part(row, "last", SOURCE)),
    )


def _change(row: Any) -> PriceChange:
    offer = _offer(row)
    kind = ChangeKind(row.kind)
    old = offer.hourly if kind is ChangeKind.WENT else _money(row.before_hourly, row.currency)
    return PriceChange(
        sequence=row.sequence,
        kind=kind,
        offer=offer,
        old=old,
        new=None if kind is ChangeKind.WENT else offer.hourly,
        version=row.version,
        changed_at=row.changed_at,
    )


def _money(nanos: int | None, currency: str) -> Money | None:
    return None if nanos is None else Money(nanos, currency)
