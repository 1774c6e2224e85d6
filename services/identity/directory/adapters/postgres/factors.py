"""Second factors in PostgreSQL; the secrets of authenticators are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete as delete_from
from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.identity.directory.adapters.postgres.tables import authenticators, recovery_codes
from services.identity.directory.domain.second_factor import Totp
from services.runtime.db import UnitOfWork
from services.runtime.secrets import Place, Vault


class PostgresFactors:
    """See FactorStore."""

    def __init__(self, work: UnitOfWork, vault: Vault) -> None:
        self._connection = work.connection
        self._tenant = work.tenant
        self._vault = vault
        self._mine = authenticators.c.tenant == work.tenant
        self._codes = recovery_codes.c.tenant == work.tenant

    async def totp(self, user: UUID) -> Totp | None:
        """The authenticator of a user, locked until the unit ends."""
        statement = select(authenticators).where(self._mine, authenticators.c.user == user).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        secret = self._vault.open(row.secret, secret_place(self._tenant, user))
        return Totp(secret.decode(), row.confirmed, row.last_step)

    async def put(self, user: UUID, totp: Totp) -> None:
        """Puts it in the place of what was there."""
        sealed = self._vault.seal(totp.secret.encode(), secret_place(self._tenant, user))
        changes = {"secret": sealed, "confirmed": totp.confirmed, "last_step": totp.last_step}
        statement = upsert(authenticators).values({"tenant": self._tenant, "user": user, **changes})
        await self._connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "user"], set_=changes))

    async def remove(self, user: UUID) -> None:
        """Removes authenticator and recovery codes."""
        await self._connection.execute(delete_from(authenticators).where(self._mine, authenticators.c.user == user))
        await self.put_codes(user, ())

    async def renew(self) -> int:
        """Seals the secrets that older keys seal beneath the primary one; how many there were."""
        renewed = 0
        rows = await self._connection.execute(select(authenticators).where(self._mine).with_for_update())
        for row in rows:
            sealed = self._vault.renew(row.secret, secret_place(self._tenant, row.user))
            if sealed is not None:
                changed = update(authenticators).where(self._mine, authenticators.c.user == row.user)
                await self._connection.execute(changed, {"secret": sealed})
                renewed += 1
        return renewed

    async def put_codes(self, user: UUID, digests: Sequence[bytes]) -> None:
        """Puts recovery codes in the place of those that were there."""
        await self._connection.execute(delete_from(recovery_codes).where(self._codes, recovery_codes.c.user == user))
        if digests:
            rows = [{"tenant": self._tenant, "user": user, "digest": digest} for digest in digests]
            await self._connection.execute(insert(recovery_codes), rows)

    async def use_code(self, user: UUID, digest: bytes) -> bool:
        """Removes a recovery code; whether it was there."""
        which = (self._codes, recovery_codes.c.user == user, recovery_codes.c.digest == digest)
        return bool((await self._connection.execute(delete_from(recovery_codes).where(*which))).rowcount)

    async def codes_left(self, user: UUID) -> int:
        """How many recovery codes are left."""
        statement = select(func.count()).select_from(recovery_codes).where(self._codes, recovery_codes.c.user == user)
        return int((await self._connection.execute(statement)).scalar_one())


def secret_place(tenant: str, user: UUID) -> Place:
    """Where the secret of a user's authenticator is."""
    return Place("identity.authenticators", "secret", f"{tenant}/{user}")
