"""The part of the asyncio identity client about tenants, for who looks after the whole platform."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from malha import identity_requests as requests
from malha.aio.identity_client.calls import AsyncCalls
from malha.identity.v1 import tenant_service_pb2


class AsyncTenantCalls(AsyncCalls):
    """Tenants are the customers, each of whom sees nothing of the others."""

    def list_tenants(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[tenant_service_pb2.Tenant]:
        """The tenants that match an AIP-160 `filter`, by id unless `order_by` says else."""
        request = tenant_service_pb2.ListTenantsRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListTenants", self.tenants.ListTenants, request, lambda page: page.tenants, timeout)

    async def get_tenant(self, name: str, *, timeout: float | None = None) -> tenant_service_pb2.Tenant:
        """Gets one tenant by its name, `tenants/{tenant}`."""
        request = tenant_service_pb2.GetTenantRequest(name=name)
        return (await self._call("GetTenant", self.tenants.GetTenant, request, timeout)).tenant

    async def create_tenant(
        self,
        tenant_id: str,
        *,
        display_name: str = "",
        tier: tenant_service_pb2.Tier.ValueType = tenant_service_pb2.TIER_UNSPECIFIED,
        administrator: str = "",
        timeout: float | None = None,
    ) -> tenant_service_pb2.CreateTenantResponse:
        """Makes a tenant, of the tier FREE unless `tier` says else, and its first administrator."""
        request = requests.create_tenant(tenant_id, display_name, tier, administrator)
        return await self._call("CreateTenant", self.tenants.CreateTenant, request, timeout)

    async def update_tenant(
        self, tenant: tenant_service_pb2.Tenant, paths: Iterable[str], *, timeout: float | None = None
    ) -> tenant_service_pb2.Tenant:
        """Changes those fields of the tenant of that `name`, such as `tier`; the tenant as it is now."""
        request = requests.update_tenant(tenant, paths)
        return (await self._call("UpdateTenant", self.tenants.UpdateTenant, request, timeout)).tenant

    async def delete_tenant(self, name: str, *, timeout: float | None = None) -> None:
        """Removes a tenant, `tenants/{tenant}`, that is disabled, with all its users, accounts, roles and keys."""
        await self._call("DeleteTenant", self.tenants.DeleteTenant, requests.delete_tenant(name), timeout)
