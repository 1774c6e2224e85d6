"""Logins of devices in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.oauth.adapters.postgres import people
from services.identity.oauth.adapters.postgres.tables import device_logins
from services.identity.oauth.domain.devices import DeviceLogin, DeviceState
from services.identity.shown import show
from services.runtime.db import Transaction, UnitOfWork, Upkeep

_columns = device_logins.c
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('malha:identity:device_logins', 0))")
_WAITING = text("SELECT identity.waiting_devices(:moment)")
_OF_TENANT = text("SELECT set_config('malha.tenant', :tenant, true)")


class PostgresDeviceStore:
    """Keeps the logins of devices; see DeviceStore."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, login: DeviceLogin, now: datetime, most_waiting: int) -> bool:
        """Counted and added one after the other, so that the limit is exact."""
        row = {
            "digest": login.digest,
            "user_code": login.user_code,
            "client": login.client,
            "scope": None if login.scope is None else sorted(login.scope),
            "create_time": login.create_time,
            "expire_time": login.expire_time,
            "poll_interval": login.interval,
            "state": login.state.value,
        }
        async with Transaction(self._engine) as work:
            await work.connection.execute(_LOCK)
            if int(await work.connection.scalar(_WAITING, {"moment": now})) >= most_waiting:
                return False
            added = await work.connection.execute(insert(device_logins).values(row).on_conflict_do_nothing())
            await work.commit()
        return added.rowcount == 1

    async def polled(self, digest: bytes, poll: Callable[[DeviceLogin], DeviceLogin]) -> bool:
        """The row is locked from the look to the change."""
        async with Transaction(self._engine) as work:
            await show(work, digest)
            statement = select(device_logins).where(_columns.digest == digest).with_for_update()
            row = (await work.connection.execute(statement)).one_or_none()
            if row is None:
                return False
            if row.tenant is not None:
                await work.connection.execute(_OF_TENANT, {"tenant": row.tenant})
            after = poll(_login(row))
            await work.connection.execute(
                update(device_logins)
                .where(_columns.digest == digest)
                .values(last_poll=after.last_poll, poll_interval=after.interval)
            )
            await work.commit()
        return True

    async def by_user_code(self, user_code: str) -> DeviceLogin | None:
        """The login with this code."""
        return await self._one(_columns.user_code == user_code, user_code)

    async def by_ticket(self, ticket: bytes) -> DeviceLogin | None:
        """The login with this ticket."""
        return await self._one(_columns.ticket == ticket, ticket)

    async def forget(self, before: datetime) -> int:
        """Those that ended before a moment."""
        async with Upkeep(self._engine) as work:
            result = await work.connection.execute(delete(device_logins).where(_columns.expire_time < before))
            await work.commit()
        return result.rowcount

    async def _one(self, condition: ColumnElement[bool], secret: bytes | str) -> DeviceLogin | None:
        async with Transaction(self._engine) as work:
            await show(work, secret)
            row = (await work.connection.execute(select(device_logins).where(condition))).one_or_none()
        return None if row is None else _login(row)


class PostgresDevices:
    """The logins of devices in a unit of work of whoever decides on them; see Unit."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def decide(self, login: DeviceLogin, *, ticket: bytes | None) -> bool:
        """One conditional change, so that nobody decides on what somebody else has decided on."""
        statement = update(device_logins).where(
            _columns.digest == login.digest, _columns.state == DeviceState.WAITING.value
        )
        if ticket is not None:
            statement = statement.where(_columns.ticket == ticket)
        values: dict[str, object] = {
            "state": login.state.value,
            "ticket": login.ticket,
            "scope": None if login.scope is None else sorted(login.scope),
            **(people.to_columns(login.person) if login.person else {}),
        }
        await show(self._work, login.digest)
        return (await self._work.connection.execute(statement.values(values))).rowcount == 1

    async def redeem(self, digest: bytes) -> bool:
        """The tokens of an approved login are given once, even to two who ask at the same time."""
        redeemed = (
            update(device_logins)
            .where(_columns.digest == digest, _columns.state == DeviceState.APPROVED.value)
            .values(state=DeviceState.REDEEMED.value)
        )
        return (await self._work.connection.execute(redeemed)).rowcount == 1


def _login(row: Row[Any]) -> DeviceLogin:
    return DeviceLogin(
        digest=row.digest,
        user_code=row.user_code,
        client=row.client,
        scope=None if row.scope is None else frozenset(row.scope),
        create_time=row.create_time,
        expire_time=row.expire_time,
        interval=row.poll_interval,
        state=DeviceState(row.state),
        last_poll=row.last_poll,
        person=None if row.subject is None else people.from_row(row),
        ticket=row.ticket,
    )
