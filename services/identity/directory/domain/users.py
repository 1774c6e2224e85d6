"""Users and service accounts: who is in a tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.identity.directory.domain.subjects import SubjectKind, SubjectName
from services.identity.directory.domain.tenants import DEFAULT_TENANT, TENANT_ID, Tier

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,126}")


@dataclass(frozen=True, slots=True)
class User:
    """A person. `username` is unique in the tenant; `epoch` counts what ended its sessions.

    The password's hash is not here: what lists users never loads it.
    """

    id: UUID
    tenant: str
    username: str
    display_name: str
    email: str
    disabled: bool
    must_change_password: bool
    second_factor: bool
    epoch: int
    create_time: datetime
    update_time: datetime

    @property
    def name(self) -> SubjectName:
        """The resource name."""
        return SubjectName(SubjectKind.USER, self.id)


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A program that acts for itself; it has API keys and no password. `tier` is its own or, if None, its tenant's."""

    id: UUID
    tenant: str
    account: str
    display_name: str
    disabled: bool
    tier: Tier | None
    epoch: int
    create_time: datetime
    update_time: datetime

    @property
    def name(self) -> SubjectName:
        """The resource name."""
        return SubjectName(SubjectKind.SERVICE_ACCOUNT, self.id)


@dataclass(frozen=True, slots=True)
class Login:
    """What a person types to say who they are: `username` in the default tenant, or `tenant/username`."""

    tenant: str
    username: str

    @classmethod
    def parse(cls, text: str) -> Login:
        """The login that `text` writes; any text is one, though perhaps nobody's. Letters count alike in both cases."""
        tenant, slash, username = text.strip().lower().partition("/")
        return cls(tenant, username) if slash else cls(DEFAULT_TENANT, tenant)

    @property
    def possible(self) -> bool:
        """Whether somebody can have it at all."""
        return bool(TENANT_ID.fullmatch(self.tenant) and USERNAME.fullmatch(self.username))

    def __str__(self) -> str:
        return self.username if self.tenant == DEFAULT_TENANT else f"{self.tenant}/{self.username}"
