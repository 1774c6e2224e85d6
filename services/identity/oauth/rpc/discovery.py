"""The rpcs that say where everything is and how tokens are checked, and who somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceServicer

from services.identity.directory.domain.subjects import SubjectName
from services.identity.directory.ports import Describes
from services.identity.oauth import convert
from services.identity.oauth.usecases.keep_keys import KeepKeys
from services.identity.oauth.usecases.list_revocations import ListRevocations
from services.runtime.auth import principal


@dataclass(frozen=True, kw_only=True)
class DiscoveryRpcs(OAuthServiceServicer):
    """GetOpenIdConfiguration, GetJsonWebKeySet, ListRevocations and GetUserInfo."""

    issuer: str
    keys: KeepKeys
    list_revocations: ListRevocations
    describe: Describes

    async def GetOpenIdConfiguration(
        self, request: pb.GetOpenIdConfigurationRequest, context: Any
    ) -> pb.GetOpenIdConfigurationResponse:
        return convert.discovery_to_proto(self.issuer)

    async def GetJsonWebKeySet(self, request: pb.GetJsonWebKeySetRequest, context: Any) -> pb.GetJsonWebKeySetResponse:
        return convert.keys_to_proto(self.keys.published())

    async def ListRevocations(self, request: pb.ListRevocationsRequest, context: Any) -> pb.ListRevocationsResponse:
        return convert.revocations_to_proto(await self.list_revocations(request.after))

    async def GetUserInfo(self, request: pb.GetUserInfoRequest, context: Any) -> pb.GetUserInfoResponse:
        caller = principal()
        name = await self.describe(caller.tenant, SubjectName.parse(caller.subject))
        return convert.principal_to_proto(caller, name)
