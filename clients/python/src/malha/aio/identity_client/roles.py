"""The part of the asyncio identity client about roles, and who has them."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from malha import identity_requests as requests
from malha.aio.identity_client.calls import AsyncCalls
from malha.identity.v1 import role_service_pb2


class AsyncRoleCalls(AsyncCalls):
    """Roles are sets of permissions; bindings give them to users and service accounts."""

    def list_roles(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[role_service_pb2.Role]:
        """The roles that the caller's tenant can give and that match an AIP-160 `filter`, by id."""
        request = role_service_pb2.ListRolesRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListRoles", self.roles.ListRoles, request, lambda page: page.roles, timeout)

    async def get_role(self, name: str, *, timeout: float | None = None) -> role_service_pb2.Role:
        """Gets one role by its name, `roles/{role}`."""
        request = role_service_pb2.GetRoleRequest(name=name)
        return (await self._call("GetRole", self.roles.GetRole, request, timeout)).role

    async def create_role(
        self,
        role_id: str,
        permissions: Iterable[str],
        *,
        display_name: str = "",
        description: str = "",
        timeout: float | None = None,
    ) -> role_service_pb2.Role:
        """Makes a role of the tenant's own."""
        request = requests.create_role(role_id, permissions, display_name, description)
        return (await self._call("CreateRole", self.roles.CreateRole, request, timeout)).role

    async def update_role(
        self, role: role_service_pb2.Role, paths: Iterable[str], *, timeout: float | None = None
    ) -> role_service_pb2.Role:
        """Changes those fields of the role of that `name`; the role as it is now."""
        return (await self._call("UpdateRole", self.roles.UpdateRole, requests.update_role(role, paths), timeout)).role

    async def delete_role(self, name: str, *, timeout: float | None = None) -> None:
        """Removes a role, `roles/{role}`."""
        await self._call("DeleteRole", self.roles.DeleteRole, requests.delete_role(name), timeout)

    async def list_permissions(self, *, timeout: float | None = None) -> Sequence[str]:
        """All permissions that the methods of this mesh ask for, sorted."""
        request = role_service_pb2.ListPermissionsRequest()
        return (await self._call("ListPermissions", self.roles.ListPermissions, request, timeout)).permissions

    def list_role_bindings(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[role_service_pb2.RoleBinding]:
        """Who has which role, where it matches an AIP-160 `filter`, by default the newest first."""
        request = role_service_pb2.ListRoleBindingsRequest(filter=filter, order_by=order_by, page_size=page_size)
        call = self.roles.ListRoleBindings
        return self._pages("ListRoleBindings", call, request, lambda page: page.role_bindings, timeout)

    async def give_role(
        self,
        subject: str,
        role: str,
        *,
        conditions: role_service_pb2.Conditions | None = None,
        timeout: float | None = None,
    ) -> role_service_pb2.RoleBinding:
        """Gives `users/{uuid}` or `serviceAccounts/{uuid}` the role `roles/{role}`, for good or under `conditions`."""
        request = requests.create_role_binding(subject, role, conditions)
        return (await self._call("CreateRoleBinding", self.roles.CreateRoleBinding, request, timeout)).role_binding

    async def take_role(self, name: str, *, timeout: float | None = None) -> None:
        """Takes a role away, by the binding that gave it, `roleBindings/{uuid}`."""
        request = requests.delete_role_binding(name)
        await self._call("DeleteRoleBinding", self.roles.DeleteRoleBinding, request, timeout)
