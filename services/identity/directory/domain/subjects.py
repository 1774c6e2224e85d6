"""Those who call: people and programs, by the names that tokens carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.identity.directory.domain.tenants import Tier


class SubjectKind(StrEnum):
    """What a subject is; the value is the collection of its resource name."""

    USER = "users"
    SERVICE_ACCOUNT = "serviceAccounts"

    @property
    def word(self) -> str:
        """What the audit log calls it."""
        return "user" if self is SubjectKind.USER else "service_account"


class Method(StrEnum):
    """How somebody proved to be somebody; the values are those of RFC 8176 where it has one."""

    PASSWORD = "pwd"  # noqa: S105 - the name of a method
    ONE_TIME_CODE = "otp"
    API_KEY = "key"


@dataclass(frozen=True, slots=True)
class SubjectName:
    """The resource name of a subject, such as `users/7d0c…`; the `sub` of a token."""

    kind: SubjectKind
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind.value}/{self.id}"

    @classmethod
    def parse(cls, text: str) -> SubjectName:
        """The name that `text` writes, exactly as `str` writes it.

        Raises:
            ValueError: it is no name of a subject.
        """
        collection, _, number = text.partition("/")
        name = cls(SubjectKind(collection), UUID(number))
        if str(name) != text:
            raise ValueError(text)
        return name


@dataclass(frozen=True, slots=True)
class Session:
    """What has to be kept of a subject that proved to be itself, so that it can be looked at again later."""

    tenant: str
    name: SubjectName
    methods: frozenset[Method]
    authenticated: datetime
    epoch: int
    scopes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody who has proved to be somebody, for as long as one answer takes: who is asked for again is proved again.

    `scopes` is what the credential was cut down to, None for everything that the roles give. `epoch` counts what ends
    the sessions of a subject (a new password, a second factor taken away); see `Resume`. A subject that must change its
    password may do nothing else. `key` is the API key that it showed.
    """

    name: SubjectName
    tenant: str
    tier: Tier
    display_name: str
    methods: frozenset[Method]
    authenticated: datetime
    epoch: int
    scopes: frozenset[str] | None = None
    must_change_password: bool = False
    key: UUID | None = None

    @property
    def mfa(self) -> bool:
        """Whether a second factor was shown beside the password."""
        return {Method.PASSWORD, Method.ONE_TIME_CODE} <= self.methods

    @property
    def session(self) -> Session:
        """What to keep of it."""
        return Session(self.tenant, self.name, self.methods, self.authenticated, self.epoch, self.scopes)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a subject may do now, from where it is, in the way it proved itself: permissions, the names of the roles
    that gave them, and the wildcards that stand for some of them; a grant that was cut down has none."""

    permissions: frozenset[str]
    roles: tuple[str, ...]
    wildcards: frozenset[str] = frozenset()
