"""`malha.identity.v1.TenantService`: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from malha.identity.v1 import tenant_service_pb2 as pb
from malha.identity.v1 import user_service_pb2
from malha.identity.v1.tenant_service_pb2_grpc import TenantServiceServicer

from services.identity.directory.convert import tenant_from_proto, tenant_to_proto, user_from_proto
from services.identity.directory.domain.passwords import one_time_password
from services.identity.directory.domain.tenants import Tenant, Tier
from services.identity.directory.ports import Passwords, Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.masks import masked
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.tenants import Tenants
from services.runtime.listing import FieldType, OrderTerm, requests
from services.runtime.listing.fields import BOOLEAN, STRING, TIMESTAMP
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListTenants",
    fields={
        "tenant": STRING,
        "display_name": STRING,
        "tier": FieldType.enum(*(tier.name for tier in Tier), prefix="TIER_"),
        "disabled": BOOLEAN,
        "create_time": TIMESTAMP,
    },
    order_types={"tenant": str, "display_name": str, "create_time": datetime},
    default_order=(OrderTerm("tenant"),),
)
_CHANGEABLE = ("display_name", "tier", "disabled")


@dataclass(frozen=True, kw_only=True)
class TenantRpcs(TenantServiceServicer):
    """The rpcs about tenants."""

    units: Units
    once: Once
    tenants: Tenants
    passwords: Passwords

    async def GetTenant(self, request: pb.GetTenantRequest, context: object) -> pb.GetTenantResponse:
        async with self.units.unit(actor().tenant) as unit:
            found = await self.tenants.get(unit, request.name.removeprefix("tenants/"))
        return pb.GetTenantResponse(tenant=tenant_to_proto(found))

    async def ListTenants(self, request: pb.ListTenantsRequest, context: object) -> pb.ListTenantsResponse:
        page = requests.read(LISTING, request, ids=str)
        async with self.units.unit(actor().tenant) as unit:
            found = await unit.tenants.list(page)
        entries, token = requests.cut(found, page, _value, lambda tenant: tenant.id)
        return pb.ListTenantsResponse(tenants=map(tenant_to_proto, entries), next_page_token=token)

    async def CreateTenant(self, request: pb.CreateTenantRequest, context: object) -> pb.CreateTenantResponse:
        password = one_time_password()
        kept = await self.passwords.hash(password)
        administrator = user_service_pb2.User(username=request.administrator or "admin")

        async def change(unit: Unit) -> pb.CreateTenantResponse:
            wanted = tenant_from_proto(request.tenant, request.tenant_id)
            tenant, user = await self.tenants.create(unit, wanted, user_from_proto(administrator), kept)
            return pb.CreateTenantResponse(
                tenant=tenant_to_proto(tenant), one_time_password=password, administrator=str(user.name)
            )

        return await self.once.secretly(request, pb.CreateTenantResponse, change)

    async def UpdateTenant(self, request: pb.UpdateTenantRequest, context: object) -> pb.UpdateTenantResponse:
        fields = masked(request.update_mask, request.tenant, _CHANGEABLE)

        async def change(unit: Unit) -> pb.UpdateTenantResponse:
            tenant = await self.tenants.update(unit, actor(), tenant_from_proto(request.tenant), fields)
            return pb.UpdateTenantResponse(tenant=tenant_to_proto(tenant))

        return await self.once(request, pb.UpdateTenantResponse, change)

    async def DeleteTenant(self, request: pb.DeleteTenantRequest, context: object) -> pb.DeleteTenantResponse:
        async def change(unit: Unit) -> pb.DeleteTenantResponse:
            await self.tenants.delete(unit, request.name.removeprefix("tenants/"))
            return pb.DeleteTenantResponse()

        return await self.once(request, pb.DeleteTenantResponse, change)


def _value(tenant: Tenant, field: str) -> object:
    return tenant.id if field == "tenant" else getattr(tenant, field)
