"""`malha.identity.v1.RoleService`: parse, call, format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from malha.identity.v1 import role_service_pb2 as pb
from malha.identity.v1.role_service_pb2_grpc import RoleServiceServicer

from services.identity.directory.convert import (
    binding_from_proto,
    binding_to_proto,
    id_of,
    revision_of,
    role_from_proto,
    role_to_proto,
)
from services.identity.directory.domain.roles import Role, RoleBinding
from services.identity.directory.ports import Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.masks import masked
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.roles import Roles
from services.runtime.listing import OrderTerm, matches, requests
from services.runtime.listing.fields import BOOLEAN, STRING, STRINGS, TIMESTAMP
from services.runtime.listing.page import Listing, Page

ROLES = Listing(
    method="ListRoles",
    fields={"role": STRING, "display_name": STRING, "permissions": STRINGS, "built_in": BOOLEAN},
    order_types={"role": str, "display_name": str},
    default_order=(OrderTerm("role"),),
)
BINDINGS = Listing(
    method="ListRoleBindings",
    fields={"name": STRING, "subject": STRING, "role": STRING, "create_time": TIMESTAMP},
    order_types={"subject": str, "role": str, "create_time": datetime},
    default_order=(OrderTerm("create_time", descending=True),),
)
_CHANGEABLE = ("display_name", "description", "permissions")


@dataclass(frozen=True, kw_only=True)
class RoleRpcs(RoleServiceServicer):
    """The rpcs about roles and bindings."""

    units: Units
    once: Once
    roles: Roles

    async def GetRole(self, request: pb.GetRoleRequest, context: object) -> pb.GetRoleResponse:
        async with self.units.unit(actor().tenant) as unit:
            role = await self.roles.powers.role(unit, request.name.removeprefix("roles/"))
        return pb.GetRoleResponse(role=role_to_proto(role))

    async def ListRoles(self, request: pb.ListRolesRequest, context: object) -> pb.ListRolesResponse:
        page = requests.read(ROLES, request, ids=str)
        async with self.units.unit(actor().tenant) as unit:
            roles = await self.roles.powers.roles(unit)
        entries, token = requests.cut(_page_of(list(roles.values()), page), page, _role_value, lambda role: role.id)
        return pb.ListRolesResponse(roles=map(role_to_proto, entries), next_page_token=token)

    async def CreateRole(self, request: pb.CreateRoleRequest, context: object) -> pb.CreateRoleResponse:
        async def change(unit: Unit) -> pb.CreateRoleResponse:
            role = await self.roles.create(unit, actor(), role_from_proto(request.role, request.role_id))
            return pb.CreateRoleResponse(role=role_to_proto(role))

        return await self.once(request, pb.CreateRoleResponse, change)

    async def UpdateRole(self, request: pb.UpdateRoleRequest, context: object) -> pb.UpdateRoleResponse:
        fields = masked(request.update_mask, request.role, _CHANGEABLE)

        async def change(unit: Unit) -> pb.UpdateRoleResponse:
            wanted, revision = role_from_proto(request.role), revision_of(request.role.etag)
            role = await self.roles.update(unit, actor(), wanted, fields, revision)
            return pb.UpdateRoleResponse(role=role_to_proto(role))

        return await self.once(request, pb.UpdateRoleResponse, change)

    async def DeleteRole(self, request: pb.DeleteRoleRequest, context: object) -> pb.DeleteRoleResponse:
        async def change(unit: Unit) -> pb.DeleteRoleResponse:
            await self.roles.delete(unit, actor(), request.name.removeprefix("roles/"))
            return pb.DeleteRoleResponse()

        return await self.once(request, pb.DeleteRoleResponse, change)

    async def ListPermissions(self, request: pb.ListPermissionsRequest, context: object) -> pb.ListPermissionsResponse:
        return pb.ListPermissionsResponse(permissions=sorted(self.roles.powers.catalogue))

    async def GetRoleBinding(self, request: pb.GetRoleBindingRequest, context: object) -> pb.GetRoleBindingResponse:
        async with self.units.unit(actor().tenant) as unit:
            binding = await self.roles.binding(unit, id_of(request.name))
        return pb.GetRoleBindingResponse(role_binding=binding_to_proto(binding))

    async def ListRoleBindings(
        self, request: pb.ListRoleBindingsRequest, context: object
    ) -> pb.ListRoleBindingsResponse:
        page = requests.read(BINDINGS, request)
        async with self.units.unit(actor().tenant) as unit:
            found = await unit.bindings.list(page)
        entries, token = requests.cut(found, page, _binding_value, lambda binding: binding.id)
        return pb.ListRoleBindingsResponse(role_bindings=map(binding_to_proto, entries), next_page_token=token)

    async def CreateRoleBinding(
        self, request: pb.CreateRoleBindingRequest, context: object
    ) -> pb.CreateRoleBindingResponse:
        async def change(unit: Unit) -> pb.CreateRoleBindingResponse:
            binding = await self.roles.bind(unit, actor(), binding_from_proto(request.role_binding))
            return pb.CreateRoleBindingResponse(role_binding=binding_to_proto(binding))

        return await self.once(request, pb.CreateRoleBindingResponse, change)

    async def DeleteRoleBinding(
        self, request: pb.DeleteRoleBindingRequest, context: object
    ) -> pb.DeleteRoleBindingResponse:
        async def change(unit: Unit) -> pb.DeleteRoleBindingResponse:
            await self.roles.unbind(unit, actor(), id_of(request.name))
            return pb.DeleteRoleBindingResponse()

        return await self.once(request, pb.DeleteRoleBindingResponse, change)


def _page_of(roles: Sequence[Role], page: Page) -> Sequence[Role]:
    """The page and one more if more follow, as the stores of the others find theirs; the roles are few."""
    found = [role for role in roles if matches(page.filter, partial(_role_value, role))]
    terms = (*page.order, OrderTerm("role", page.order[0].descending))
    for term in reversed(terms):
        found.sort(key=partial(_value_of_role, term.field), reverse=term.descending)
    after = page.after
    if after is not None:
        found = [role for role in found if _is_behind([_role_value(role, t.field) for t in terms], after, terms)]
    return found[: page.limit + 1]


def _value_of_role(field: str, role: Role) -> Any:
    return _role_value(role, field)


def _is_behind(values: Sequence[Any], after: Sequence[Any], terms: Sequence[OrderTerm]) -> bool:
    for value, last, term in zip(values, after, terms, strict=True):
        if value != last:
            return bool(value < last) if term.descending else bool(value > last)
    return False


def _role_value(role: Role, field: str) -> Any:
    return role.id if field == "role" else getattr(role, field)


def _binding_value(binding: RoleBinding, field: str) -> object:
    values = {"subject": str(binding.subject), "role": f"roles/{binding.role}", "create_time": binding.create_time}
    return values[field]
