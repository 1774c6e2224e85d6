"""Who may do what in the database: the owner migrates, services work with what is there."""

import asyncio
import uuid
from pathlib import Path

import asyncpg
import pytest

from services.runtime.db import migrate, roles
from services.runtime.settings import RuntimeSettings
from services.testing.postgres import migrate as migrate_counters
from tests.support.programs import Database

SCRIPTS = Path(__file__).parent / "migrations"


def _dsn(url: str) -> str:
    return url.replace("+asyncpg", "")


@pytest.fixture
async def service(database: Database) -> asyncpg.Connection:
    connection = await asyncpg.connect(_dsn(database.service))
    yield connection
    await connection.close()


async def test_neither_role_passes_row_security_by(service: asyncpg.Connection) -> None:
    query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication FROM pg_roles"
    for role in (roles.OWNER, roles.SERVICE):
        assert await service.fetchval(f"{query} WHERE rolname = $1", role) is False
    assert await service.fetchval("SELECT count(*) FROM pg_class WHERE relowner = $1::regrole", roles.SERVICE) == 0


async def test_what_a_migration_made_is_usable_at_once_and_cannot_be_changed(
    database: Database, service: asyncpg.Connection
) -> None:
    schema = f"test_{uuid.uuid4().hex}"
    await asyncio.to_thread(migrate, database.owner, SCRIPTS, schema)
    await service.execute(f"INSERT INTO {schema}.thing (id) VALUES (1)")
    await service.execute(f"DELETE FROM {schema}.thing")
    for statement in (
        f"DROP TABLE {schema}.thing",
        f"ALTER TABLE {schema}.thing ADD COLUMN more text",
        f"TRUNCATE {schema}.thing",
        f"CREATE TABLE {schema}.other (id int)",
        "CREATE SCHEMA other",
        "CREATE TEMPORARY TABLE other (id int)",
        "CREATE ROLE other",
        f"SET ROLE {roles.OWNER}",
        f"UPDATE {schema}.alembic_version SET version_num = ''",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)


async def test_services_cannot_switch_row_security_off(database: Database, service: asyncpg.Connection) -> None:
    await asyncio.to_thread(migrate_counters, RuntimeSettings(database_url_file=database.owner_file))
    for statement in (
        "ALTER TABLE testing.counters NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON testing.counters",
        "ALTER TABLE testing.counters DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(statement)
    await service.execute("SET row_security = off")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await service.execute("SELECT * FROM testing.counters")


async def test_a_database_of_the_time_before_the_service_role_is_opened_to_it_once(database: Database) -> None:
    name = f"old_{uuid.uuid4().hex}"
    admin = await asyncpg.connect(_dsn(database.admin))
    await admin.execute(f"CREATE DATABASE {name} OWNER {roles.OWNER}")
    old = await asyncpg.connect(_dsn(database.owner).rpartition("/")[0] + f"/{name}")
    await old.execute("CREATE SCHEMA store; CREATE TABLE store.thing (id serial PRIMARY KEY, word text)")
    inside = await asyncpg.connect(_dsn(database.admin).rpartition("/")[0] + f"/{name}")
    password = _dsn(database.service).split(":")[2].partition("@")[0]
    for _ in range(2):
        await roles.provide_owner(admin, password, name)
        await roles.provide_service(inside, password, name)
        # What was taken from the role later stays taken.
        await old.execute(f"REVOKE DELETE ON store.thing FROM {roles.SERVICE}")
    service = await asyncpg.connect(_dsn(database.service).rpartition("/")[0] + f"/{name}")
    await service.execute("INSERT INTO store.thing (word) VALUES ('kept')")
    await service.execute("UPDATE store.thing SET word = 'changed'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute("DELETE FROM store.thing")
    for connection in (service, inside, old):
        await connection.close()
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()
