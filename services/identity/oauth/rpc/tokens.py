"""The rpcs around tokens: parse, call, format."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceServicer

from services.identity.oauth import convert
from services.identity.oauth.domain import scopes
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.errors import UnsupportedGrantType
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.rpc.forms import Form, credentials_of, form_of
from services.identity.oauth.rpc.headers import no_store
from services.identity.oauth.usecases.grant_to_client import GrantToClient
from services.identity.oauth.usecases.grant_to_device import GrantToDevice
from services.identity.oauth.usecases.grant_to_person import GrantToPerson, PersonCredentials
from services.identity.oauth.usecases.identify_client import IdentifyClient
from services.identity.oauth.usecases.introspect_token import IntrospectToken
from services.identity.oauth.usecases.mint import TokenAnswer
from services.identity.oauth.usecases.renew_session import RenewSession
from services.identity.oauth.usecases.revoke_token import RevokeToken
from services.runtime import audit
from services.runtime.call import current
from services.runtime.origin import address_of

_Grant = Callable[[Client, Form, str], Awaitable[TokenAnswer]]


@dataclass(frozen=True, kw_only=True)
class TokenRpcs(OAuthServiceServicer):
    """Token, Revoke and Introspect."""

    identify: IdentifyClient
    to_client: GrantToClient
    to_person: GrantToPerson
    to_device: GrantToDevice
    renew: RenewSession
    revoke: RevokeToken
    introspect: IntrospectToken

    async def Token(self, request: pb.TokenRequest, context: Any) -> pb.TokenResponse:
        form = form_of(request.form)
        grant = self._grant(form.need("grant_type"))
        client, address = await self._client(form)
        answer = await grant(client, form, address)
        await no_store(context)
        return convert.answer_to_proto(answer)

    async def Revoke(self, request: pb.RevokeRequest, context: Any) -> pb.RevokeResponse:
        form = form_of(request.form)
        token = form.need("token")
        client, _ = await self._client(form)
        audit.noted()  # what is no token any more is taken back by nobody
        await self.revoke(client, token)
        await no_store(context)
        return pb.RevokeResponse()

    async def Introspect(self, request: pb.IntrospectRequest, context: Any) -> pb.IntrospectResponse:
        form = form_of(request.form)
        token = form.need("token")
        client, address = await self._client(form)
        found = await self.introspect(client, token, address)
        await no_store(context)
        return convert.introspection_to_proto(found)

    async def _client(self, form: Form) -> tuple[Client, str]:
        call = current()
        address = address_of(call)
        return await self.identify(credentials_of(form, call), address), address

    def _grant(self, grant_type: str) -> _Grant:
        try:
            return {
                GrantType.CLIENT_CREDENTIALS: self._to_client,
                GrantType.PASSWORD: self._to_person,
                GrantType.REFRESH_TOKEN: self._renew,
                GrantType.DEVICE_CODE: self._to_device,
            }[GrantType(grant_type)]
        except ValueError:
            raise UnsupportedGrantType from None

    async def _to_client(self, client: Client, form: Form, address: str) -> TokenAnswer:
        return await self.to_client(client, scopes.parse(form.get("scope")), address)

    async def _to_person(self, client: Client, form: Form, address: str) -> TokenAnswer:
        shown = PersonCredentials(form.need("username"), form.need("password"), form.get("otp"))
        return await self.to_person(client, shown, scopes.parse(form.get("scope")), address)

    async def _renew(self, client: Client, form: Form, address: str) -> TokenAnswer:
        return await self.renew(client, form.need("refresh_token"), scopes.parse(form.get("scope")), address)

    async def _to_device(self, client: Client, form: Form, address: str) -> TokenAnswer:
        return await self.to_device(client, form.need("device_code"), address)
