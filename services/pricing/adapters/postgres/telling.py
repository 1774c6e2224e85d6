"""Which alerts ask for what a version changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import and_, func, insert, select, update

from services.pricing.adapters.postgres.catalogue import changes_of
from services.pricing.adapters.postgres.tables import alerts, deliveries, price_changes
from services.pricing.domain.alerts import MOST_CHANGES, DeliveryState
from services.pricing.domain.changes import PriceChange
from services.pricing.domain.index import FIELDS, values_of
from services.runtime.db import UnitOfWork
from services.runtime.listing import parse_filter
from services.runtime.listing.ast import Expression
from services.runtime.listing.matching import matches

# Of as many changes at once: between two statements the transaction must not be idle for as long as the server lets it.
_PAGE: Final = 200
_alert, _change = alerts.c, price_changes.c


@dataclass(slots=True)
class _Tally:
    """What one alert's filter has let through so far."""

    alert: UUID
    wanted: Expression
    matched: int = 0
    first: list[int] = field(default_factory=list)

    def look(self, change: PriceChange) -> None:
        if matches(self.wanted, values_of(change.offer)):
            self.matched += 1
            if len(self.first) < MOST_CHANGES:
                self.first.append(change.sequence)


async def tell_next(work: UnitOfWork) -> int | None:
    """Looks at the next version for those alerts of the tenant that are furthest behind, and makes their deliveries;
    how many. None when nobody is behind, or somebody else is at it. Does not commit."""
    behind = await _furthest_behind(work)
    if not behind:
        return None
    told = behind[0].told
    version, end = await _next_version(work, told)
    tallies = [_Tally(row.id, parse_filter(row.filter, FIELDS)) for row in behind]
    while told < end:
        which = and_(_change.sequence > told, _change.sequence <= end)
        changes = await changes_of(work.connection, which, _PAGE)
        # In a thread: many alerts times many changes would hold up everything else here.
        await asyncio.to_thread(_look, tallies, changes)
        told = changes[-1].sequence
    rows = [_row(work.tenant, tally, version, end) for tally in tallies if tally.matched]
    if rows:
        await work.connection.execute(insert(deliveries), rows)
    mine = (_alert.tenant == work.tenant, _alert.id.in_([row.id for row in behind]))
    await work.connection.execute(update(alerts).where(*mine).values(told=end))
    return len(rows)


async def _furthest_behind(work: UnitOfWork) -> Sequence[Any]:
    """The alerts that were told least, all to the same point, locked; without those that are locked already."""
    newest = select(func.coalesce(func.max(_change.sequence), 0)).scalar_subquery()
    statement = (
        select(_alert.id, _alert.filter, _alert.told)
        .where(_alert.tenant == work.tenant, _alert.told < newest)
        .order_by(_alert.told, _alert.id)
        .with_for_update(skip_locked=True)
    )
    rows = (await work.connection.execute(statement)).all()
    return [row for row in rows if row.told == rows[0].told]


async def _next_version(work: UnitOfWork, told: int) -> tuple[int, int]:
    """The version of the change after `told`, and its last change."""
    version = select(_change.version).where(_change.sequence > told).order_by(_change.sequence).limit(1)
    statement = (
        select(_change.version, func.max(_change.sequence))
        .where(_change.version == version.scalar_subquery())
        .group_by(_change.version)
    )
    number, end = (await work.connection.execute(statement)).one()
    return int(number), int(end)


def _look(tallies: Sequence[_Tally], changes: Sequence[PriceChange]) -> None:
    for change in changes:
        for tally in tallies:
            tally.look(change)


def _row(tenant: str, tally: _Tally, version: int, end: int) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "id": uuid4(),
        "alert": tally.alert,
        "version": version,
        "first_sequence": tally.first[0],
        "last_sequence": end,
        "sequences": tally.first,
        "matched": tally.matched,
        "state": DeliveryState.WAITING.value,
    }
