"""Where the directory keeps what it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.identity.directory.domain.keys import ApiKey
from services.identity.directory.domain.lockouts import AttemptKey, Attempts
from services.identity.directory.domain.roles import Role, RoleBinding
from services.identity.directory.domain.second_factor import Totp
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.domain.tenants import Tenant
from services.identity.directory.domain.users import ServiceAccount, User
from services.runtime.listing.page import Page


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
