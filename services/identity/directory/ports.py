"""What the directory gives to the token endpoint, and what it needs from the outside, as small roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.identity.directory.domain.keys import ApiKey
from services.identity.directory.domain.lockouts import AttemptKey, Attempts
from services.identity.directory.domain.roles import Role, RoleBinding
from services.identity.directory.domain.second_factor import Totp
from services.identity.directory.domain.subjects import Grant, Session, Subject, SubjectName
from services.identity.directory.domain.tenants import Tenant
from services.identity.directory.domain.users import ServiceAccount, User
from services.identity.revocations.domain import Revocation
from services.runtime.audit.entry import Entry
from services.runtime.listing.page import Page


class Authenticates(Protocol):
    """Finds out who somebody is by a password; see `usecases.authenticate`."""

    async def __call__(self, username: str, password: str, code: str, address: str) -> Subject:
        """The user who signs in as `username` (`ana`, or `acme/ana` outside of the default tenant) from `address`.

        `code` is a code of the authenticator or a recovery code, empty if none was given.

        Raises:
            CredentialsInvalid: something of it is wrong.
            SecondFactorRequired: everything is right, and a code has to come with it.
            LockedOut: too many attempts failed, on this account or from this address.
            Overloaded: more passwords wait to be checked than can.
        """
        ...


class AuthenticatesClient(Protocol):
    """Finds out who somebody is by an API key; see `usecases.authenticate_client`."""

    async def __call__(self, client_id: str, client_secret: str, address: str) -> Subject:
        """The owner of the API key whose prefix is `client_id`. `client_secret` is its secret, or the whole key.

        Raises:
            CredentialsInvalid: something of it is wrong, or the key is revoked or has expired.
            LockedOut: too many attempts failed, on this key or from this address.
        """
        ...


class Resumes(Protocol):
    """Looks again at somebody who proved to be somebody before; see `usecases.resume`."""

    async def __call__(self, session: Session) -> Subject:
        """The subject as it is now, with the methods, scopes and moment of its session.

        Raises:
            CredentialsInvalid: it is gone or disabled, or its epoch is another one: its password was changed, say.
        """
        ...

    async def within(self, unit: Unit, session: Session) -> Subject:
        """The same in a unit of the session's tenant."""
        ...


class FindsPermissions(Protocol):
    """Says what a subject may do; see `usecases.permissions_of`."""

    async def __call__(self, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """What its roles give it now, where their conditions are met, cut down to the subject's scopes."""
        ...

    async def within(self, unit: Unit, subject: Subject, address: str, *, mfa: bool) -> Grant:
        """The same in a unit of the subject's tenant."""
        ...


class Describes(Protocol):
    """Knows what people call somebody; see `usecases.describe`."""

    async def __call__(self, tenant: str, subject: SubjectName) -> str:
        """The display name; empty if there is no such subject (any more)."""
        ...


class Passwords(Protocol):
    """Hashes passwords; slow on purpose, so never inside of a transaction."""

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises Overloaded when too many wait."""
        ...

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether `kept` is a hash of the password; takes as long for None. Raises Overloaded when too many wait."""
        ...

    def outdated(self, kept: str) -> bool:
        """Whether a hash should be made anew."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A user with the hash of its password, which is good until `expire_time` where it has one."""

    user: User
    password_hash: str
    expire_time: datetime | None

    def __repr__(self) -> str:
        return f"Credentials({self.user.name})"


class TenantStore(Protocol):
    """Keeps tenants: all of them, whatever the unit's own is."""

    async def get(self, tenant: str) -> Tenant | None:
        """The tenant, if there is one."""
        ...

    async def add(self, tenant: Tenant) -> None:
        """Raises AlreadyExists."""
        ...

    async def save(self, tenant: Tenant) -> None:
        """Puts the tenant in the place of what was there under its id."""
        ...

    async def remove(self, tenant: str) -> None:
        """Removes the tenant and everything that the directory has of it."""
        ...

    async def list(self, page: Page) -> Sequence[Tenant]:
        """The page, and one more if more follow."""
        ...


class UserStore(Protocol):
    """Keeps the users of a tenant."""

    async def get(self, user: UUID) -> User | None:
        """The user, if there is one."""
        ...

    async def credentials(self, user: UUID | str) -> Credentials | None:
        """The user with this id or username, with its password's hash."""
        ...

    async def add(self, credentials: Credentials) -> None:
        """Raises AlreadyExists when somebody has the username."""
        ...

    async def save(self, user: User) -> None:
        """Puts the user in the place of what was there under its id, but for the password."""
        ...

    async def set_password(self, changed: Credentials, before: str | None) -> bool:
        """Saves the user with its new password; whether the hash was `before` until now (None: whatever it was)."""
        ...

    async def remove(self, user: UUID) -> None:
        """Removes the user, its second factor included."""
        ...

    async def list(self, page: Page) -> Sequence[User]:
        """The page, and one more if more follow."""
        ...


class ServiceAccountStore(Protocol):
    """Keeps the service accounts of a tenant."""

    async def get(self, account: UUID) -> ServiceAccount | None:
        """The service account, if there is one."""
        ...

    async def named(self, account: str) -> ServiceAccount | None:
        """The service account that was made under this name, if there is one."""
        ...

    async def add(self, account: ServiceAccount) -> None:
        """Raises AlreadyExists."""
        ...

    async def save(self, account: ServiceAccount) -> None:
        """Puts it in the place of what was there under its id."""
        ...

    async def remove(self, account: UUID) -> None:
        """Removes it."""
        ...

    async def list(self, page: Page) -> Sequence[ServiceAccount]:
        """The page, and one more if more follow."""
        ...


class RoleStore(Protocol):
    """Keeps the roles that a tenant made itself."""

    async def all(self) -> Mapping[str, Role]:
        """All of them, by id: they are few."""
        ...

    async def add(self, role: Role) -> None:
        """Raises AlreadyExists."""
        ...

    async def save(self, role: Role) -> bool:
        """Puts it in the place of what was there, if that had the revision before; whether it had."""
        ...

    async def remove(self, role: str) -> None:
        """Removes it."""
        ...


class BindingStore(Protocol):
    """Keeps who has which role."""

    async def get(self, binding: UUID) -> RoleBinding | None:
        """The binding, if there is one."""
        ...

    async def of(self, subject: SubjectName) -> Sequence[RoleBinding]:
        """The bindings of a subject."""
        ...

    async def with_role(self, role: str) -> int:
        """How many bindings give a role."""
        ...

    async def subjects_with(self, role: str) -> Sequence[SubjectName]:
        """Whom bindings give a role, each once."""
        ...

    async def add(self, binding: RoleBinding) -> None:
        """Keeps a new one."""
        ...

    async def remove(self, binding: UUID) -> None:
        """Removes one."""
        ...

    async def remove_of(self, subject: SubjectName) -> None:
        """Removes those of a subject."""
        ...

    async def list(self, page: Page) -> Sequence[RoleBinding]:
        """The page, and one more if more follow."""
        ...


class KeyStore(Protocol):
    """Keeps the API keys of a tenant."""

    async def get(self, key: UUID) -> ApiKey | None:
        """The key, if there is one."""
        ...

    async def shown(self, prefix: str) -> tuple[ApiKey, bytes] | None:
        """The key with this prefix and the hash of its secret."""
        ...

    async def add(self, key: ApiKey, digest: bytes) -> None:
        """Keeps a new key."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Keeps when it was used and revoked."""
        ...

    async def remove_of(self, owner: SubjectName) -> None:
        """Removes those of an owner."""
        ...

    async def list(self, page: Page, owner: SubjectName | None) -> Sequence[ApiKey]:
        """The page of one owner's keys, or of everybody's, and one more if more follow."""
        ...


class FactorStore(Protocol):
    """Keeps second factors."""

    async def totp(self, user: UUID) -> Totp | None:
        """The authenticator of a user, confirmed or not; locked until the unit ends, so that no code counts twice."""
        ...

    async def put(self, user: UUID, totp: Totp) -> None:
        """Puts it in the place of what was there."""
        ...

    async def remove(self, user: UUID) -> None:
        """Removes authenticator and recovery codes."""
        ...

    async def put_codes(self, user: UUID, digests: Sequence[bytes]) -> None:
        """Puts recovery codes in the place of those that were there."""
        ...

    async def use_code(self, user: UUID, digest: bytes) -> bool:
        """Removes a recovery code; whether it was there."""
        ...

    async def codes_left(self, user: UUID) -> int:
        """How many recovery codes are left."""
        ...


class AttemptStore(Protocol):
    """Keeps failures, of all tenants: whoever tries belongs to none yet."""

    async def look(self, keys: Sequence[AttemptKey]) -> Mapping[AttemptKey, Attempts]:
        """The failures there are."""
        ...

    async def lock(self, keys: Sequence[AttemptKey], *, make: bool) -> Mapping[AttemptKey, Attempts]:
        """The failures there are, which nobody else changes until the unit ends. With `make`, accounts and addresses
        without failures are held, too; whoever is going to save some has to."""
        ...

    async def save(self, key: AttemptKey, attempts: Attempts) -> None:
        """Puts them in the place of what was there."""
        ...

    async def forget(self, key: AttemptKey) -> None:
        """Forgets them."""
        ...

    async def sweep(self, before: datetime) -> None:
        """Forgets some of those whose last failure was before that moment."""
        ...


class Issued(Protocol):
    """The access tokens that are out."""

    async def changing(self, tenant: str = "") -> None:
        """From here until the unit ends no token of the tenant (the unit's own, unless named) is issued.

        Whoever changes what tokens rest on calls it before anything else: a token is then either issued after the
        change, or before the moment up to which it takes tokens back.
        """
        ...

    async def take_back(self, *taken: Revocation, now: datetime) -> None:
        """Takes tokens back, if the unit is committed. Last in the unit, since others wait for its end from here on."""
        ...

    async def keep_session(self, session: str, subject: str, before: int, after: int) -> bool:
        """Lets a session of `subject` go on whose epoch was `before` and is `after` now; whether there is one."""
        ...


class Log(Protocol):
    """The audit log, as the unit's tenant has it."""

    async def record(self, entry: Entry) -> None:
        """Leaves an entry, if the unit is committed; last of all."""
        ...


class Unit(Protocol):
    """One transaction of one tenant; taken back unless it is committed."""

    @property
    def tenant(self) -> str:
        """The tenant whose rows it sees."""
        ...

    @property
    def tenants(self) -> TenantStore: ...
    @property
    def users(self) -> UserStore: ...
    @property
    def accounts(self) -> ServiceAccountStore: ...
    @property
    def roles(self) -> RoleStore: ...
    @property
    def bindings(self) -> BindingStore: ...
    @property
    def keys(self) -> KeyStore: ...
    @property
    def factors(self) -> FactorStore: ...
    @property
    def attempts(self) -> AttemptStore: ...
    @property
    def issued(self) -> Issued: ...
    @property
    def log(self) -> Log: ...

    def of_tenant(self, tenant: str) -> AbstractAsyncContextManager[Unit]:
        """The stores of another tenant in the same transaction; for what a platform administrator does."""
        ...

    async def commit(self) -> None:
        """Makes everything durable; the unit takes nothing more."""
        ...


class Units(Protocol):
    """Begins units."""

    def unit(self, tenant: str) -> AbstractAsyncContextManager[Unit]:
        """A unit of one tenant, which need not exist."""
        ...

    async def tenant_of_key(self, prefix: str) -> str | None:
        """The tenant of the API key with this prefix."""
        ...
