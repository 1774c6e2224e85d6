"""`malha.identity.v1.ServiceAccountService`: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from malha.identity.v1 import service_account_service_pb2 as pb
from malha.identity.v1.service_account_service_pb2_grpc import ServiceAccountServiceServicer

from services.identity.directory.convert import account_from_proto, account_to_proto, id_of
from services.identity.directory.ports import Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.masks import masked
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.service_accounts import ServiceAccounts
from services.runtime.listing import OrderTerm, requests
from services.runtime.listing.fields import BOOLEAN, STRING, TIMESTAMP
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListServiceAccounts",
    fields={
        "name": STRING,
        "account": STRING,
        "display_name": STRING,
        "disabled": BOOLEAN,
        "create_time": TIMESTAMP,
    },
    order_types={"account": str, "display_name": str, "create_time": datetime},
    default_order=(OrderTerm("account"),),
)
_CHANGEABLE = ("display_name", "disabled")


@dataclass(frozen=True, kw_only=True)
class ServiceAccountRpcs(ServiceAccountServiceServicer):
    """The rpcs about service accounts."""

    units: Units
    once: Once
    accounts: ServiceAccounts

    async def GetServiceAccount(
        self, request: pb.GetServiceAccountRequest, context: object
    ) -> pb.GetServiceAccountResponse:
        async with self.units.unit(actor().tenant) as unit:
            found = await self.accounts.get(unit, id_of(request.name))
        return pb.GetServiceAccountResponse(service_account=account_to_proto(found))

    async def ListServiceAccounts(
        self, request: pb.ListServiceAccountsRequest, context: object
    ) -> pb.ListServiceAccountsResponse:
        page = requests.read(LISTING, request)
        async with self.units.unit(actor().tenant) as unit:
            found = await unit.accounts.list(page)
        entries, token = requests.cut(found, page, getattr, lambda account: account.id)
        return pb.ListServiceAccountsResponse(service_accounts=map(account_to_proto, entries), next_page_token=token)

    async def CreateServiceAccount(
        self, request: pb.CreateServiceAccountRequest, context: object
    ) -> pb.CreateServiceAccountResponse:
        async def change(unit: Unit) -> pb.CreateServiceAccountResponse:
            new = await self.accounts.create(unit, account_from_proto(request.service_account))
            return pb.CreateServiceAccountResponse(service_account=account_to_proto(new))

        return await self.once(request, pb.CreateServiceAccountResponse, change)

    async def UpdateServiceAccount(
        self, request: pb.UpdateServiceAccountRequest, context: object
    ) -> pb.UpdateServiceAccountResponse:
        fields = masked(request.update_mask, request.service_account, _CHANGEABLE)

        async def change(unit: Unit) -> pb.UpdateServiceAccountResponse:
            wanted = account_from_proto(request.service_account)
            changed = await self.accounts.update(unit, actor(), wanted, fields)
            return pb.UpdateServiceAccountResponse(service_account=account_to_proto(changed))

        return await self.once(request, pb.UpdateServiceAccountResponse, change)

    async def DeleteServiceAccount(
        self, request: pb.DeleteServiceAccountRequest, context: object
    ) -> pb.DeleteServiceAccountResponse:
        async def change(unit: Unit) -> pb.DeleteServiceAccountResponse:
            await self.accounts.delete(unit, actor(), id_of(request.name))
            return pb.DeleteServiceAccountResponse()

        return await self.once(request, pb.DeleteServiceAccountResponse, change)
