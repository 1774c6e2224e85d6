"""Turns a name that is taken into the domain's word for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.identity.directory.domain.errors import AlreadyExists


async def add_row(connection: AsyncConnection, table: Table, row: dict[str, Any], kind: str, name: str) -> None:
    """Inserts a row; raises AlreadyExists when one with its name is there, and leaves the transaction usable."""
    statement = insert(table).on_conflict_do_nothing()
    if not (await connection.execute(statement, row)).rowcount:
        raise AlreadyExists(kind, name)
