"""Users in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, cast, exists, literal_column, select, update
from sqlalchemy import delete as delete_from

from services.identity.directory.adapters.postgres.conflicts import add_row
from services.identity.directory.adapters.postgres.tables import authenticators, users
from services.identity.directory.domain.users import User
from services.identity.directory.ports import Credentials
from services.runtime.db import UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_COLUMNS = {
    "name": cast(literal_column("'users/' || users.id::text"), Text),
    "username": users.c.username,
    "display_name": users.c.display_name,
    "email": users.c.email,
    "disabled": users.c.disabled,
    "create_time": users.c.create_time,
}
_SECOND_FACTOR = exists().where(
    authenticators.c.tenant == users.c.tenant, authenticators.c.user == users.c.id, authenticators.c.confirmed
)
_HIDDEN = {"password_hash", "password_expire_time"}


class PostgresUsers:
    """See UserStore."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._mine = users.c.tenant == work.tenant

    async def get(self, user: UUID) -> User | None:
        """The user, if there is one."""
        row = (await self._connection.execute(self._select().where(users.c.id == user))).one_or_none()
        return None if row is None else _user(row)

    async def credentials(self, user: UUID | str) -> Credentials | None:
        """The user with this id or username, with its password's hash."""
        which = users.c.username == user if isinstance(user, str) else users.c.id == user
        statement = self._select().add_columns(users.c.password_hash, users.c.password_expire_time).where(which)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else Credentials(_user(row), row.password_hash, row.password_expire_time)

    async def add(self, credentials: Credentials) -> None:
        """Raises AlreadyExists when somebody has the username."""
        user = credentials.user
        await add_row(self._connection, users, _credential_row(credentials), "User", user.username)

    async def save(self, user: User) -> None:
        """Puts the user in the place of what was there under its id, but for the password."""
        await self._connection.execute(update(users).where(self._mine, users.c.id == user.id), _row(user))

    async def set_password(self, changed: Credentials, before: str | None) -> bool:
        """Saves the user with its new password; whether the hash was `before` until now (None: whatever it was)."""
        statement = update(users).where(self._mine, users.c.id == changed.user.id)
        if before is not None:
            statement = statement.where(users.c.password_hash == before)
        return bool((await self._connection.execute(statement, _credential_row(changed))).rowcount)

    async def remove(self, user: UUID) -> None:
        """Removes the user; its second factor goes with it."""
        await self._connection.execute(delete_from(users).where(self._mine, users.c.id == user))

    async def list(self, page: Page) -> Sequence[User]:
        """The page, and one more if more follow."""
        statement = page_statement(self._select(), page, _COLUMNS, users.c.id)
        return [_user(row) for row in await self._connection.execute(statement)]

    def _select(self) -> Select[Any]:
        columns = [column for column in users.c if column.name not in _HIDDEN]
        return select(*columns, _SECOND_FACTOR.label("second_factor")).where(self._mine)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        tenant=row.tenant,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        disabled=row.disabled,
        must_change_password=row.must_change_password,
        second_factor=row.second_factor,
        epoch=row.epoch,
        create_time=row.create_time,
        update_time=row.update_time,
    )


def _row(user: User) -> dict[str, Any]:
    return {
        "tenant": user.tenant,
        "id": user.id,
        "username": user.username,
        "display_name": user.display_name,
        "email": user.email,
        "disabled": user.disabled,
        "must_change_password": user.must_change_password,
        "epoch": user.epoch,
        "create_time": user.create_time,
        "update_time": user.update_time,
    }


def _credential_row(credentials: Credentials) -> dict[str, Any]:
    hidden = {"password_hash": credentials.password_hash, "password_expire_time": credentials.expire_time}
    return _row(credentials.user) | hidden
