"""The alerts of a tenant; their secrets are sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import BIGINT

from services.pricing.adapters.postgres.tables import alerts, deliveries, price_changes
from services.pricing.domain.alerts import Alert, Delivery, DeliveryState
from services.runtime.db import UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement
from services.runtime.secrets import Place, Vault

_alert, _delivery = alerts.c, deliveries.c
FIELDS: Mapping[str, ColumnElement[Any]] = {
    "create_time": _alert.create_time,
}
DELIVERY_FIELDS: Mapping[str, ColumnElement[Any]] = {
    "state": func.upper(_delivery.state, type_=Text),
    "attempts": _delivery.attempts,
    "create_time": _delivery.create_time,
}


class PostgresAlerts:
    """Alerts within one unit of work; see AlertStore."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._connection = work.connection
        self._tenant = work.tenant
        self._vault = vault

    async def add(self, alert: Alert, secret: bytes) -> None:
        """Keeps it; it is told of what is published from now on."""
        row = {
            "tenant": self._tenant,
            "id": alert.id,
            "creator": alert.creator,
            "display_name": alert.display_name,
            "filter": alert.filter,
            "url": alert.url,
            "create_time": alert.create_time,
            "secret": self._vault.seal(secret, secret_place(self._tenant, alert.id)),
            "told": select(func.coalesce(func.max(price_changes.c.sequence), 0)).scalar_subquery(),
        }
        await self._connection.execute(insert(alerts).values(row))

    async def count(self) -> int:
        """How many there are; who counts after us waits until our unit ends."""
        digest = hashlib.sha256(f"malha:pricing:alerts:{self._tenant}".encode()).digest()
        key = int.from_bytes(digest[:8], "big", signed=True)
        await self._connection.execute(select(func.pg_advisory_xact_lock(cast(key, BIGINT))))
        counted = select(func.count()).select_from(alerts).where(_alert.tenant == self._tenant)
        return int((await self._connection.execute(counted)).scalar_one())

    async def get(self, alert: UUID) -> Alert | None:
        """One alert."""
        row = (await self._connection.execute(select(alerts).where(*self._which(alert)))).one_or_none()
        return None if row is None else _of(row)

    async def deliveries(self, alert: UUID, page: Page) -> list[Delivery]:
        """A page of an alert's deliveries."""
        mine = select(deliveries).where(_delivery.tenant == self._tenant, _delivery.alert == alert)
        rows = await self._connection.execute(page_statement(mine, page, DELIVERY_FIELDS, _delivery.id))
        return [_delivery_of(row) for row in rows]

    async def remove(self, alert: UUID) -> bool:
        """Removes it with its deliveries."""
        return bool((await self._connection.execute(delete(alerts).where(*self._which(alert)))).rowcount)

    async def page(self, page: Page) -> list[Alert]:
        """A page of alerts."""
        mine = select(alerts).where(_alert.tenant == self._tenant)
        return [_of(row) for row in await self._connection.execute(page_statement(mine, page, FIELDS, _alert.id))]

    def _which(self, alert: UUID) -> tuple[ColumnElement[bool], ...]:
        return (_alert.tenant == self._tenant, _alert.id == alert)


def secret_place(tenant: str, alert: UUID) -> Place:
    """Where the secret of an alert is."""
    return Place("pricing.alerts", "secret", f"{tenant}/{alert}")


def _of(row: Any) -> Alert:
    return Alert(
        id=row.id,
        creator=row.creator,
        display_name=row.display_name,
        filter=row.filter,
        url=row.url,
        create_time=row.create_time,
    )


def _delivery_of(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        alert=row.alert,
        version=row.version,
        matched=row.matched,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        create_time=row.create_time,
        due_at=row.due_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
    )
