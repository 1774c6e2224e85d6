"""Migrations: Alembic, one schema for each service, one process at a time."""

import asyncio
import hashlib
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Two migrating processes wait for each other this long.
_LOCK_SECONDS = 60


def migrate(url: str, script_location: Path | str, schema: str, revision: str = "head") -> None:
    """Brings `schema` to `revision`, creating it when it is missing. Does nothing when it is there already.

    The scripts' `env.py` calls `services.runtime.db.migrations_env.run`. Runs an event loop of its own, so call it from
    synchronous code.
    """
    asyncio.run(_migrate(url, str(script_location), schema, revision))


async def _migrate(url: str, script_location: str, schema: str, revision: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, script_location, schema, revision)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, script_location: str, schema: str, revision: str) -> None:
    # Imported here: a replica that starts, perhaps in place of one that died, need not wait for Alembic to load.
    from alembic import command
    from alembic.config import Config

    # The lock lasts as long as the transaction, which holds everything: a migration that fails leaves no trace.
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _lock_key(schema)})
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{_checked(schema)}"'))
    connection.execute(text(f'SET LOCAL search_path TO "{_checked(schema)}"'))
    config = Config()
    config.set_main_option("script_location", script_location)
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema
    command.upgrade(config, revision)
    _close_version_table(connection, schema)


def _close_version_table(connection: Connection, schema: str) -> None:
    """Takes from the service role, which may write all new tables, the one that says what was migrated."""
    table = f"{schema}.alembic_version"
    grantees = text(
        "SELECT DISTINCT grantee::regrole::text FROM pg_class, aclexplode(relacl) "
        "WHERE pg_class.oid = to_regclass(:table) AND grantee <> relowner AND grantee <> 0 "
        "AND privilege_type <> 'SELECT'"
    )
    for role in connection.scalars(grantees, {"table": table}).all():
        connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {table} FROM {role}"))


def _lock_key(schema: str) -> int:
    digest = hashlib.sha256(f"malha:migrate:{schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _checked(schema: str) -> str:
    if not schema.isidentifier():
        raise ValueError(f"{schema!r} is no schema name")
    return schema
