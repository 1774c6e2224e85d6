"""The identity service's schema in a real PostgreSQL, and a directory on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.adapters.postgres import migrate
from services.identity.directory.domain.built_in import ADMIN
from services.runtime import audit
from services.runtime.auth import Principal
from services.runtime.db import make_engine
from services.runtime.secrets import KeyRing, Vault, create_keys
from services.runtime.settings import RuntimeSettings
from tests.integration.identity.directory import Directory, cheap_passwords
from tests.integration.identity.directory_rpcs import Rpcs, caller
from tests.integration.identity.oauth import OAuthServer, running
from tests.integration.identity.servers import Servers
from tests.support.clock import FakeClock
from tests.support.programs import Database


@pytest.fixture(scope="session")
def identity_settings(database: Database) -> RuntimeSettings:
    audit.migrate(database.owner)
    migrate(database.owner)
    migrate(database.owner)  # a second time changes nothing
    return RuntimeSettings(database_url_file=database.service_file)


@pytest.fixture
async def identity_engine(identity_settings: RuntimeSettings) -> AsyncIterator[AsyncEngine]:
    made = make_engine(identity_settings)
    yield made
    await made.dispose()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    create_keys(tmp_path / "keys")
    return Vault(KeyRing(tmp_path / "keys"))


@pytest.fixture
async def directory(identity_engine: AsyncEngine, vault: Vault, clock: FakeClock) -> AsyncIterator[Directory]:
    """A directory with one tenant of the test's own."""
    passwords = cheap_passwords()
    made = Directory(identity_engine, vault, clock, passwords)
    await made.add_tenant()
    yield made
    await passwords.close()


@pytest.fixture
async def oauth(directory: Directory, tmp_path: Path, identity_engine: AsyncEngine) -> AsyncIterator[OAuthServer]:
    """The token endpoint on that directory, with no key, session or revocation of another test."""
    async with identity_engine.begin() as connection:
        await connection.execute(text("DELETE FROM identity.signing_keys"))
        await connection.execute(text("DELETE FROM identity.revocations"))
        await connection.execute(text("SELECT set_config('malha.upkeep', 'on', true)"))
        await connection.execute(text("DELETE FROM identity.device_logins"))
    async with running(directory, tmp_path) as server:
        yield server


@pytest.fixture
def rpcs(directory: Directory) -> Rpcs:
    """The rpcs of that directory."""
    return Rpcs(directory)


@pytest.fixture
def servers(oauth: OAuthServer) -> Servers:
    """What servers make of the tokens of that endpoint."""
    return Servers(oauth)


@pytest.fixture
async def admin(directory: Directory) -> Principal:
    """Somebody who may do everything in the tenant."""
    root = await directory.add_user("root")
    await directory.bind(root.name, ADMIN)
    return caller(directory.tenant, str(root.name))
