"""Deliveries on their way; the database's clock says what is due, since all replicas share it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.pricing.adapters.postgres.alerts import secret_place
from services.pricing.adapters.postgres.catalogue import changes_of
from services.pricing.adapters.postgres.tables import alerts, deliveries, price_changes
from services.pricing.adapters.postgres.telling import tell_next
from services.pricing.domain.alerts import MOST_ATTEMPTS, DeliveryState, DueDelivery, Outcome
from services.runtime.db import UnitOfWork, Upkeep
from services.runtime.secrets import Vault

_delivery = deliveries.c
_WAITING, _GIVEN_UP = DeliveryState.WAITING.value, DeliveryState.GIVEN_UP.value
_TENANTS: Final = 50
"""Of how many tenants one round takes deliveries."""
_SWEEP_ROWS: Final = 1_000


class PostgresOutbox:
    """See Outbox."""

    def __init__(self, engine: AsyncEngine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    async def tell(self) -> int:
        """Looks for what no alert was told of yet, tenant by tenant, one transaction for each version."""
        newest = select(func.coalesce(func.max(price_changes.c.sequence), 0)).scalar_subquery()
        behind = select(alerts.c.tenant).where(alerts.c.told < newest).distinct().order_by(alerts.c.tenant)
        made = 0
        for tenant in await self._tenants(behind):
            while True:
                async with UnitOfWork(self._engine, tenant) as work:
                    count = await tell_next(work)
                    await work.commit()
                if count is None:
                    break
                made += count
        return made

    async def claim(self, limit: int, seconds: float) -> list[DueDelivery]:
        """Takes due deliveries: an attempt is noted before it is made, so that nobody else makes it, and a process that
        dies has made one."""
        due = (_delivery.state == _WAITING, _delivery.due_at <= func.now())
        tenants = (
            select(_delivery.tenant).where(*due).group_by(_delivery.tenant).order_by(func.min(_delivery.due_at))
        ).limit(_TENANTS)
        taken: list[DueDelivery] = []
        for tenant in await self._tenants(tenants):
            if len(taken) == limit:
                break
            async with UnitOfWork(self._engine, tenant) as work:
                taken += await self._claim(work, limit - len(taken), seconds)
                await work.commit()
        return taken

    async def settle(self, due: DueDelivery, outcome: Outcome, pause: timedelta) -> bool:
        """Notes how the attempt ended, unless the delivery is somebody else's by now."""
        values: dict[str, Any] = {"outcome": outcome.what}
        if outcome.delivered:
            values |= {"state": DeliveryState.DELIVERED.value, "ended_at": func.now()}
        elif due.attempt >= MOST_ATTEMPTS:
            values |= {"state": _GIVEN_UP, "ended_at": func.now()}
        else:
            values |= {"due_at": func.now() + pause}
        async with UnitOfWork(self._engine, due.tenant) as work:
            mine = (_delivery.tenant == due.tenant, _delivery.id == due.id)
            ours = (_delivery.state == _WAITING, _delivery.attempts == due.attempt)
            done = await work.connection.execute(update(deliveries).where(*mine, *ours).values(values))
            await work.commit()
        return bool(done.rowcount)

    async def expire(self, age: timedelta) -> int:
        """Removes deliveries that ended longer ago than that; how many."""
        key = (_delivery.tenant, _delivery.id)
        old = (
            select(*key)
            .where(_delivery.ended_at < func.now() - age)
            .limit(_SWEEP_ROWS)
            .with_for_update(skip_locked=True)
        )
        async with Upkeep(self._engine) as work:
            done = await work.connection.execute(delete(deliveries).where(tuple_(*key).in_(old)))
            await work.commit()
        return int(done.rowcount)

    async def _tenants(self, statement: Any) -> Sequence[str]:
        async with Upkeep(self._engine) as work:
            return list(await work.connection.scalars(statement))

    async def _claim(self, work: UnitOfWork, limit: int, seconds: float) -> list[DueDelivery]:
        due = (_delivery.tenant == work.tenant, _delivery.state == _WAITING, _delivery.due_at <= func.now())
        # Its last attempt was made by a process that never told how it went.
        worn_out = update(deliveries).where(*due, _delivery.attempts >= MOST_ATTEMPTS)
        await work.connection.execute(worn_out.values(state=_GIVEN_UP, ended_at=func.now()))
        free = (
            select(_delivery.id)
            .where(*due)
            .order_by(_delivery.due_at, _delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        claimed = (
            update(deliveries)
            .where(_delivery.tenant == work.tenant, _delivery.id.in_(free))
            .values(attempts=_delivery.attempts + 1, due_at=func.now() + timedelta(seconds=seconds))
            .returning(deliveries)
        )
        rows = (await work.connection.execute(claimed)).all()
        return [await self._due(work, row) for row in rows]

    async def _due(self, work: UnitOfWork, row: Any) -> DueDelivery:
        mine = (alerts.c.tenant == work.tenant, alerts.c.id == row.alert)
        alert = (await work.connection.execute(select(alerts.c.url, alerts.c.secret).where(*mine))).one()
        which = price_changes.c.sequence.in_(row.sequences)
        return DueDelivery(
            tenant=work.tenant,
            id=row.id,
            alert=row.alert,
            url=alert.url,
            secret=self._vault.open(alert.secret, secret_place(work.tenant, row.alert)),
            version=row.version,
            matched=row.matched,
            changes=tuple(await changes_of(work.connection, which, len(row.sequences))),
            attempt=row.attempts,
            created_at=row.create_time,
        )
