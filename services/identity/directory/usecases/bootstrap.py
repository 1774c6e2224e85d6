"""Make what a mesh needs before anybody can get in: the first tenant, its administrator, and the developer's key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from services.identity.directory.domain.built_in import PLATFORM_ADMIN
from services.identity.directory.domain.keys import ApiKey, NewKey, opens
from services.identity.directory.domain.passwords import one_time_password
from services.identity.directory.domain.roles import ALWAYS, RoleBinding
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.domain.tenants import DEFAULT_TENANT, Tenant, Tier
from services.identity.directory.domain.users import ServiceAccount, User
from services.identity.directory.ports import Credentials, Passwords, Unit, Units
from services.identity.directory.usecases.take_back import take_back_all
from services.runtime.audit.entry import Entry
from services.runtime.clock import Clock

ADMINISTRATOR = "admin"
DEVELOPER = "local"
_DEVELOPER_KEY_LIFE = timedelta(days=30)
# A mesh is started anew well before that.
_DEVELOPER_KEY_LEFT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Makes what is missing and leaves alone what is there, however often it is run.

    What is told only once is handed to the caller before it counts: a process that dies between the two leaves a file
    that opens nothing, rather than a password that nobody knows.
    """

    units: Units
    passwords: Passwords
    clock: Clock

    async def administrator(self, tell: Callable[[str, str], None]) -> bool:
        """The first tenant and its administrator; whether they were made. `tell` gets username and password."""
        password = one_time_password()
        kept = await self.passwords.hash(password)
        async with self.units.unit(DEFAULT_TENANT) as unit:
            await self._tenant(unit)
            if await unit.users.credentials(ADMINISTRATOR) is not None:
                return False
            user = self._user()
            await unit.users.add(Credentials(user, kept, None))
            await self._bind(unit, user.name)
            tell(ADMINISTRATOR, password)
            await unit.log.record(_did("identity.users.create", str(user.name)))
            await unit.commit()
        return True

    async def developer(self, known: tuple[str, str] | None, tell: Callable[[str, str], None]) -> bool:
        """The service account of whoever starts a development mesh; whether a key was made for it. `known` is prefix
        and whole of the key that is there already, if any; `tell` gets those of a new one."""
        async with self.units.unit(DEFAULT_TENANT) as unit:
            await unit.issued.changing()
            await self._tenant(unit)
            account = await unit.accounts.named(DEVELOPER)
            if account is None:
                account = self._account()
                await unit.accounts.add(account)
                await self._bind(unit, account.name)
            if known is not None and await self._still_good(unit, known):
                return False
            await unit.keys.remove_of(account.name)
            new = NewKey.make()
            key = self._key(account, new)
            await unit.keys.add(key, new.digest)
            tell(new.prefix, new.text)
            await take_back_all(unit, account.name, now=self.clock.now())
            await unit.log.record(_did("identity.keys.create", f"apiKeys/{key.id}", owner=str(account.name)))
            await unit.commit()
        return True

    async def no_developer(self) -> None:
        """Ends what `developer` made, when the mesh that was for development is for production now."""
        async with self.units.unit(DEFAULT_TENANT) as unit:
            await unit.issued.changing()
            account = await unit.accounts.named(DEVELOPER)
            if account is not None:
                await unit.keys.remove_of(account.name)
                await unit.bindings.remove_of(account.name)
                await unit.accounts.remove(account.id)
                await take_back_all(unit, account.name, now=self.clock.now())
                await unit.log.record(_did("identity.serviceAccounts.delete", str(account.name)))
                await unit.commit()

    async def _tenant(self, unit: Unit) -> None:
        if await unit.tenants.get(DEFAULT_TENANT) is None:
            now = self.clock.now()
            await unit.tenants.add(Tenant(DEFAULT_TENANT, "Default", Tier.ENTERPRISE, False, now, now))

    async def _bind(self, unit: Unit, subject: SubjectName) -> None:
        now = self.clock.now()
        await unit.bindings.add(RoleBinding(uuid4(), DEFAULT_TENANT, subject, PLATFORM_ADMIN, ALWAYS, now))

    async def _still_good(self, unit: Unit, known: tuple[str, str]) -> bool:
        prefix, text = known
        found = await unit.keys.shown(prefix)
        if found is None:
            return False
        key, digest = found
        later = self.clock.now() + _DEVELOPER_KEY_LEFT
        return opens(text, prefix, digest) and key.usable(later)

    def _user(self) -> User:
        now = self.clock.now()
        return User(
            id=uuid4(),
            tenant=DEFAULT_TENANT,
            username=ADMINISTRATOR,
            display_name="Administrator",
            email="",
            disabled=False,
            must_change_password=True,
            second_factor=False,
            epoch=1,
            create_time=now,
            update_time=now,
        )

    def _account(self) -> ServiceAccount:
        now = self.clock.now()
        return ServiceAccount(
            id=uuid4(),
            tenant=DEFAULT_TENANT,
            account=DEVELOPER,
            display_name="Whoever started this mesh",
            disabled=False,
            tier=Tier.DEVELOPMENT,
            epoch=1,
            create_time=now,
            update_time=now,
        )

    def _key(self, account: ServiceAccount, new: NewKey) -> ApiKey:
        now = self.clock.now()
        return ApiKey(
            id=uuid4(),
            tenant=DEFAULT_TENANT,
            owner=account.name,
            prefix=new.prefix,
            display_name="Development",
            scopes=None,
            create_time=now,
            expire_time=now + _DEVELOPER_KEY_LIFE,
            last_use_time=None,
            revoke_time=None,
        )


def _did(action: str, resource: str, **details: str) -> Entry:
    """What the log has of it: nobody's call, so it was the service itself."""
    return Entry(
        tenant=DEFAULT_TENANT, action=action, resource=resource, kind="workload", subject="identity", details=details
    )
