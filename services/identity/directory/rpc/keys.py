"""`malha.identity.v1.KeyService`: parse, call, format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from malha.identity.v1 import key_service_pb2 as pb
from malha.identity.v1.key_service_pb2_grpc import KeyServiceServicer

from services.identity.directory.convert import id_of, key_to_proto, moment
from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.keys import Keys
from services.runtime.listing import OrderTerm, requests
from services.runtime.listing.fields import STRING, TIMESTAMP
from services.runtime.listing.page import Listing

LISTING = Listing(
    method="ListApiKeys",
    fields={
        "name": STRING,
        "owner": STRING,
        "prefix": STRING,
        "display_name": STRING,
        "create_time": TIMESTAMP,
        "expire_time": TIMESTAMP,
        "last_use_time": TIMESTAMP,
        "revoke_time": TIMESTAMP,
    },
    order_types={"display_name": str, "create_time": datetime, "expire_time": datetime},
    default_order=(OrderTerm("create_time", descending=True),),
)


@dataclass(frozen=True, kw_only=True)
class KeyRpcs(KeyServiceServicer):
    """The rpcs about API keys."""

    units: Units
    once: Once
    keys: Keys

    async def GetApiKey(self, request: pb.GetApiKeyRequest, context: object) -> pb.GetApiKeyResponse:
        async with self.units.unit(actor().tenant) as unit:
            key = await self.keys.get(unit, actor(), id_of(request.name))
        return pb.GetApiKeyResponse(api_key=key_to_proto(key))

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: object) -> pb.ListApiKeysResponse:
        page = requests.read(LISTING, request, request.owner)
        async with self.units.unit(actor().tenant) as unit:
            owner = await self.keys.owner_to_list(unit, actor(), request.owner)
            found = await unit.keys.list(page, owner)
        entries, token = requests.cut(found, page, getattr, lambda key: key.id)
        return pb.ListApiKeysResponse(api_keys=map(key_to_proto, entries), next_page_token=token)

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: object) -> pb.CreateApiKeyResponse:
        wanted = request.api_key

        async def change(unit: Unit) -> pb.CreateApiKeyResponse:
            key, new = await self.keys.create(
                unit,
                actor(),
                SubjectName.parse(wanted.owner) if wanted.owner else None,
                wanted.display_name,
                frozenset(wanted.scopes) or None,
                moment(wanted, "expire_time"),
            )
            return pb.CreateApiKeyResponse(api_key=key_to_proto(key), key=new.text)

        return await self.once.secretly(request, pb.CreateApiKeyResponse, change)

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: object) -> pb.RevokeApiKeyResponse:
        async def change(unit: Unit) -> pb.RevokeApiKeyResponse:
            key = await self.keys.revoke(unit, actor(), id_of(request.name))
            return pb.RevokeApiKeyResponse(api_key=key_to_proto(key))

        return await self.once(request, pb.RevokeApiKeyResponse, change)
