"""What has to be there before anybody can get in: made once, told once, and gone in production."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.directory.adapters.hashing import Argon2Passwords
from services.identity.directory.adapters.postgres import migrate
from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.identity.directory.bootstrap import Files, bootstrap
from services.identity.directory.domain.built_in import PLATFORM_ADMIN, built_in_roles
from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.directory.domain.second_factor import Totp
from services.identity.directory.domain.tenants import Tier
from services.identity.directory.usecases.authenticate import Authenticate
from services.identity.directory.usecases.authenticate_client import AuthenticateClient
from services.identity.directory.usecases.permissions_of import PermissionsOf
from services.identity.directory.usecases.refusals import Refusals
from services.runtime import audit
from services.runtime.clock import SystemClock
from services.runtime.db import make_engine
from services.runtime.secrets import KeyRing, Vault
from services.runtime.secrets.keyring import retire, rotate
from services.runtime.settings import RuntimeSettings
from tests.integration.identity.directory import CATALOGUE, Directory
from tests.support.clock import FakeClock
from tests.support.programs import Database, running_postgres

ENDPOINT = "https://localhost:8443/oauth2/token"


@pytest.fixture
def own_database() -> Iterator[Database]:
    """A database of its own, since what bootstrap makes has fixed names."""
    with running_postgres() as database:
        audit.migrate(database.owner)
        migrate(database.owner)
        yield database


async def test_a_mesh_gets_an_administrator_and_in_development_a_developer(
    own_database: Database, tmp_path: Path
) -> None:
    settings = RuntimeSettings(database_url_file=own_database.service_file)
    engine = make_engine(settings)
    try:
        await _tried(settings, engine, tmp_path)
    finally:
        await engine.dispose()


async def _tried(settings: RuntimeSettings, engine: AsyncEngine, folder: Path) -> None:
    keys, administrator, credentials = folder / "keys", folder / "admin.json", folder / "c" / "development.json"
    files = Files(administrator, credentials, ENDPOINT)
    await bootstrap(settings, keys, files)
    first, developer = json.loads(administrator.read_text()), json.loads(credentials.read_text())
    assert [stat.S_IMODE(file.stat().st_mode) for file in (keys, administrator, credentials)] == [0o600] * 3
    assert developer["token_endpoint"] == ENDPOINT

    clock, passwords, units = SystemClock(), Argon2Passwords(1), PostgresUnits(engine, Vault(KeyRing(keys)))
    refusals = Refusals(lambda entry, count: None)
    sign_in, client = Authenticate(units, passwords, clock, refusals), AuthenticateClient(units, clock, refusals)
    permissions = PermissionsOf(units, built_in_roles(CATALOGUE), CATALOGUE, clock)
    try:
        admin = await sign_in(first["username"], first["password"], "", "192.0.2.1")
        assert (admin.tenant, admin.must_change_password, admin.tier) == ("default", True, Tier.ENTERPRISE)
        local = await client(developer["client_id"], developer["client_secret"], "192.0.2.1")
        grant = await permissions(local, "192.0.2.1", mfa=False)
        assert (local.tier, grant.permissions, grant.roles) == (Tier.DEVELOPMENT, CATALOGUE, (PLATFORM_ADMIN,))

        administrator.unlink()
        await bootstrap(settings, keys, Files(administrator, credentials, "https://localhost:9443/oauth2/token"))
        assert not administrator.exists()  # there is one: nothing is told again
        again = json.loads(credentials.read_text())
        assert again == developer | {"token_endpoint": "https://localhost:9443/oauth2/token"}

        credentials.unlink()  # lost: another key, and the lost one opens nothing
        await bootstrap(settings, keys, files)
        other = json.loads(credentials.read_text())
        assert await client(other["client_id"], other["client_secret"], "192.0.2.1")
        with pytest.raises(CredentialsInvalid):
            await client(developer["client_id"], developer["client_secret"], "192.0.2.1")

        await bootstrap(settings, keys, Files(administrator, None, ""))  # from now on in production
        with pytest.raises(CredentialsInvalid):
            await client(other["client_id"], other["client_secret"], "192.0.2.1")
        async with units.unit("default") as unit:
            await unit.factors.put(admin.name.id, Totp.make())
            await unit.commit()
        rotate(keys)
        assert [await PostgresUnits(engine, Vault(KeyRing(keys))).renew() for _ in range(2)] == [1, 0]
    finally:
        await passwords.close()
    told = await Directory(engine, Vault(KeyRing(keys)), FakeClock(), passwords, "default").entries()
    assert [entry.action.removeprefix("identity.") for entry in told] == [
        "users.create", "keys.create", "keys.create", "tokens.issue", "serviceAccounts.delete", "tokens.issue",
        "secrets.reencrypt",
    ]  # fmt: skip
    secrets = (first["password"], developer["client_secret"].rpartition("_")[2], other["client_secret"])
    assert not any(secret in str(entry) for entry in told for secret in secrets)


async def test_secrets_are_sealed_anew_after_a_rotation(directory: Directory, tmp_path: Path) -> None:
    user = await directory.add_user("ana")
    totp = Totp.make()
    async with directory.units.unit(directory.tenant) as unit:
        await unit.factors.put(user.id, totp)
        await unit.commit()
    rotate(tmp_path / "keys")
    async with directory.units.unit(directory.tenant) as unit:
        assert (await unit.factors.renew(), await unit.factors.renew()) == (1, 0)
        await unit.commit()
    assert retire(tmp_path / "keys") == ["k1"]
    async with directory.units.unit(directory.tenant) as unit:
        assert await unit.factors.totp(user.id) == totp
