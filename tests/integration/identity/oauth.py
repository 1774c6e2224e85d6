"""The tokens' area on a real PostgreSQL, behind a real gRPC server, with a clock of the test's own."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import grpc
import jwt
from google.api.httpbody_pb2 import HttpBody
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from malha.identity.v1 import oauth_service_pb2 as pb
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub, add_OAuthServiceServicer_to_server

from services.identity.directory.usecases.describe import Describe
from services.identity.errors import error_map
from services.identity.oauth.wiring import DirectoryRoles, OAuth
from services.identity.settings import IdentitySettings
from services.runtime.audit import Auditing, Writer
from services.runtime.server import ServerBuilder
from services.runtime.telemetry import start_telemetry
from tests.integration.identity.directory import PASSWORD, Directory

ISSUER = "https://malha.test"
REQUEST_ID = "0b9f2c"
CLI = {"client_id": "malha-cli"}
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Refusal:
    """What a refused caller sees."""

    error: str
    code: str
    status: grpc.StatusCode
    description: str


@dataclass
class OAuthServer:
    """A running server and what a client does with it."""

    oauth: OAuth
    directory: Directory
    stub: Any
    writer: Writer

    async def token(self, headers: Mapping[str, str] | None = None, **fields: str) -> pb.TokenResponse:
        """An answer of the token endpoint."""
        return await self.stub.Token(pb.TokenRequest(form=form(fields)), metadata=self._metadata(headers))

    async def sign_in(self, username: str = "ana", **fields: str) -> pb.TokenResponse:
        """The first tokens of a session."""
        return await self.token(
            **(CLI | {"grant_type": "password", "username": f"{self.directory.tenant}/{username}",
                      "password": PASSWORD} | fields)
        )  # fmt: skip

    async def refresh(self, refresh_token: str, **fields: str) -> pb.TokenResponse:
        """The next tokens of a session."""
        return await self.token(**(CLI | {"grant_type": "refresh_token", "refresh_token": refresh_token} | fields))

    async def revoke(self, token: str, headers: Mapping[str, str] | None = None, **fields: str) -> None:
        """Takes a token back."""
        request = pb.RevokeRequest(form=form(({} if headers else CLI) | {"token": token} | fields))
        await self.stub.Revoke(request, metadata=self._metadata(headers))

    async def introspect(self, token: str, headers: Mapping[str, str]) -> pb.IntrospectResponse:
        """What a token is worth."""
        request = pb.IntrospectRequest(form=form({"token": token}))
        return await self.stub.Introspect(request, metadata=self._metadata(headers))

    async def device(self, **fields: str) -> pb.AuthorizeDeviceResponse:
        """The codes of a device."""
        return await self.stub.AuthorizeDevice(
            pb.AuthorizeDeviceRequest(form=form(CLI | fields)), metadata=self._metadata(None)
        )

    async def poll(self, device_code: str, **fields: str) -> pb.TokenResponse:
        """What a device hears."""
        grant = "urn:ietf:params:oauth:grant-type:device_code"
        return await self.token(**(CLI | {"grant_type": grant, "device_code": device_code} | fields))

    async def page(self, **fields: str) -> str:
        """The page after one was filled in."""
        request = pb.SubmitDevicePageRequest(form=form(fields))
        answer = await self.stub.SubmitDevicePage(request, metadata=self._metadata(None))
        assert answer.page.content_type == "text/html; charset=utf-8"
        return answer.page.data.decode()

    async def claims(self, access_token: str) -> dict[str, Any]:
        """What a token says, checked with the published keys."""
        published = await self.stub.GetJsonWebKeySet(pb.GetJsonWebKeySetRequest())
        kid = jwt.get_unverified_header(access_token)["kid"]
        key = next(key for key in published.keys if key.kid == kid)
        fields = {field.name: value for field, value in key.ListFields()}
        return jwt.decode(
            access_token, jwt.PyJWK(fields), ["EdDSA"], audience="malha", issuer=ISSUER,
            options={"verify_exp": False, "verify_iat": False},
        )  # fmt: skip

    async def revocations(self, after: int = 0) -> pb.ListRevocationsResponse:
        """What was taken back."""
        return await self.stub.ListRevocations(pb.ListRevocationsRequest(after=after))

    def _metadata(self, headers: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
        came = ("x-forwarded-for", f"192.0.2.7, {self.directory.address}"), ("x-request-id", REQUEST_ID)
        return (*came, *(headers or {}).items())


def form(fields: Mapping[str, str] | bytes, content_type: str = FORM) -> HttpBody:
    """What a client sends."""
    return HttpBody(content_type=content_type, data=fields if isinstance(fields, bytes) else urlencode(fields).encode())


def basic(client_id: str, secret: str) -> dict[str, str]:
    """The header with which a client names itself."""
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def robot(directory: Directory, role: str = "member", **changes: object) -> dict[str, str]:
    """The credentials of a new service account that has a role, as a header."""
    account = await directory.add_account(f"robot-{role}")
    await directory.bind(account.name, role)
    key, new = await directory.add_key(account.name, **changes)
    return basic(key.prefix, new.secret)


async def refusal(call: Any) -> Refusal:
    """How a call is refused; fails when it is not."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        info = error_details_pb2.ErrorInfo()
        status = rpc_status.from_call(error)
        assert status is not None
        status.details[0].Unpack(info)
        assert info.reason == "TOKEN_REQUEST_REFUSED", status
        return Refusal(info.metadata["error"], info.metadata.get("code", ""), error.code(), error.details() or "")
    raise AssertionError(f"not refused: {answer}")


@asynccontextmanager
async def running(directory: Directory, folder: Path, **changes: Any) -> AsyncIterator[OAuthServer]:
    """A server on the directory's database, which asks nobody for a token."""
    settings = IdentitySettings(
        issuer=ISSUER,
        identity_dir=folder,
        keys_file=folder / "keys",
        drain_seconds=0,
        grace_seconds=1,
        answer_cache_bytes=0,
        **changes,
    )
    roles = DirectoryRoles(
        authenticate=directory.authenticate,
        authenticate_client=directory.authenticate_client,
        resume=directory.resume,
        permissions_of=directory.permissions_of,
        describe=Describe(directory.units),
        within=directory.units.within,
    )
    oauth = OAuth(settings, directory.engine, directory.vault, roles, directory.clock)
    await oauth.keys.look()
    unguarded = settings.model_copy(update={"issuer": None, "identity_dir": None})
    telemetry = start_telemetry(unguarded)
    writer = Writer(directory.engine, telemetry.registry)
    stages = [Auditing(writer)]
    builder = ServerBuilder(unguarded, telemetry=telemetry, errors=error_map(), extra_stages=stages)
    server = builder.add(add_OAuthServiceServicer_to_server, oauth.servicer).build()
    await server.start()
    channel = grpc.aio.insecure_channel(server.address, options=[("grpc.use_local_subchannel_pool", 1)])
    try:
        yield OAuthServer(oauth, directory, OAuthServiceStub(channel), writer)
    finally:
        await channel.close()
        await server.stop(0)
