"""Roles and who has them, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, cast, func, insert, literal_column, select, update
from sqlalchemy import delete as delete_from

from services.identity.directory.adapters.postgres.conflicts import add_row
from services.identity.directory.adapters.postgres.tables import role_bindings, roles
from services.identity.directory.domain.roles import Conditions, Role, RoleBinding
from services.identity.directory.domain.subjects import SubjectName
from services.runtime.db import UnitOfWork
from services.runtime.listing.page import Page
from services.runtime.listing.pages_sql import page_statement

_bound = role_bindings.c
_COLUMNS = {
    "name": cast(literal_column("'roleBindings/' || role_bindings.id::text"), Text),
    "subject": _bound.subject,
    "role": cast(literal_column("'roles/' || role_bindings.role"), Text),
    "create_time": _bound.create_time,
}


class PostgresRoles:
    """See RoleStore."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._mine = roles.c.tenant == work.tenant

    async def all(self) -> Mapping[str, Role]:
        """All of them, by id."""
        rows = await self._connection.execute(select(roles).where(self._mine))
        return {row.id: _role(row) for row in rows}

    async def add(self, role: Role) -> None:
        """Raises AlreadyExists."""
        await add_row(self._connection, roles, _role_row(role), "Role", f"roles/{role.id}")

    async def save(self, role: Role) -> bool:
        """Puts it in the place of what was there, if that had the revision before; whether it had."""
        before = roles.c.revision == role.revision - 1
        statement = update(roles).where(self._mine, roles.c.id == role.id, before)
        return bool((await self._connection.execute(statement, _role_row(role))).rowcount)

    async def remove(self, role: str) -> None:
        """Removes it."""
        await self._connection.execute(delete_from(roles).where(self._mine, roles.c.id == role))


class PostgresBindings:
    """See BindingStore."""

    def __init__(self, work: UnitOfWork) -> None:
        self._connection = work.connection
        self._mine = _bound.tenant == work.tenant

    async def get(self, binding: UUID) -> RoleBinding | None:
        """The binding, if there is one."""
        statement = select(role_bindings).where(self._mine, _bound.id == binding)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _binding(row)

    async def of(self, subject: SubjectName) -> Sequence[RoleBinding]:
        """The bindings of a subject."""
        statement = select(role_bindings).where(self._mine, _bound.subject == str(subject))
        return [_binding(row) for row in await self._connection.execute(statement)]

    async def with_role(self, role: str) -> int:
        """How many bindings give a role."""
        statement = select(func.count()).select_from(role_bindings).where(self._mine, _bound.role == role)
        return int((await self._connection.execute(statement)).scalar_one())

    async def subjects_with(self, role: str) -> Sequence[SubjectName]:
        """Whom bindings give a role, each once."""
        statement = select(_bound.subject).distinct().where(self._mine, _bound.role == role)
        return [SubjectName.parse(subject) for subject in await self._connection.scalars(statement)]

    async def add(self, binding: RoleBinding) -> None:
        """Keeps a new one."""
        await self._connection.execute(insert(role_bindings), _binding_row(binding))

    async def remove(self, binding: UUID) -> None:
        """Removes one."""
        await self._connection.execute(delete_from(role_bindings).where(self._mine, _bound.id == binding))

    async def remove_of(self, subject: SubjectName) -> None:
        """Removes those of a subject."""
        await self._connection.execute(delete_from(role_bindings).where(self._mine, _bound.subject == str(subject)))

    async def list(self, page: Page) -> Sequence[RoleBinding]:
        """The page, and one more if more follow."""
        statement = page_statement(select(role_bindings).where(self._mine), page, _COLUMNS, _bound.id)
        return [_binding(row) for row in await self._connection.execute(statement)]


def _role(row: Row[Any]) -> Role:
    return Role(
        id=row.id,
        tenant=row.tenant,
        display_name=row.display_name,
        description=row.description,
        permissions=frozenset(row.permissions),
        built_in=False,
        revision=row.revision,
        create_time=row.create_time,
        update_time=row.update_time,
    )


def _role_row(role: Role) -> dict[str, Any]:
    return {
        "tenant": role.tenant,
        "id": role.id,
        "display_name": role.display_name,
        "description": role.description,
        "permissions": sorted(role.permissions),
        "revision": role.revision,
        "create_time": role.create_time,
        "update_time": role.update_time,
    }


def _binding(row: Row[Any]) -> RoleBinding:
    networks = tuple(ip_network(text) for text in row.networks)
    conditions = Conditions(row.not_before, row.not_after, networks, row.second_factor)
    return RoleBinding(row.id, row.tenant, SubjectName.parse(row.subject), row.role, conditions, row.create_time)


def _binding_row(binding: RoleBinding) -> dict[str, Any]:
    conditions = binding.conditions
    return {
        "tenant": binding.tenant,
        "id": binding.id,
        "subject": str(binding.subject),
        "role": binding.role,
        "not_before": conditions.not_before,
        "not_after": conditions.not_after,
        "networks": [str(network) for network in conditions.networks],
        "second_factor": conditions.second_factor,
        "create_time": binding.create_time,
    }
