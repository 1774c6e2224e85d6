"""What the parts of the asyncio identity client share; see `malha.identity_client.calls`."""

# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

import grpc
import grpc.aio

from malha.deadlines import Deadlines
from malha.errors import from_rpc
from malha.identity.v1.account_service_pb2_grpc import AccountServiceStub
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceStub
from malha.identity.v1.key_service_pb2_grpc import KeyServiceStub
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub
from malha.identity.v1.role_service_pb2_grpc import RoleServiceStub
from malha.identity.v1.service_account_service_pb2_grpc import ServiceAccountServiceStub
from malha.identity.v1.tenant_service_pb2_grpc import TenantServiceStub
from malha.identity.v1.user_service_pb2_grpc import UserServiceStub
from malha.identity_client.calls import SERVICES

_Response = TypeVar("_Response")
_Item = TypeVar("_Item")


class AsyncCalls:
    """The stubs of the identity services, and how they are called."""

    def __init__(self, channel: grpc.aio.Channel, timeout: float | None = None) -> None:
        self.oauth = OAuthServiceStub(channel)
        self.accounts = AccountServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.service_accounts = ServiceAccountServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.tenants = TenantServiceStub(channel)
        self.audit = AuditServiceStub(channel)
        self._deadlines = Deadlines(SERVICES[0], timeout, *SERVICES[1:])

    async def _call(
        self,
        method: str,
        call: Callable[..., grpc.aio.UnaryUnaryCall[Any, _Response]],
        request: object,
        timeout: float | None,
    ) -> _Response:
        try:
            return await call(request, timeout=self._deadlines.of(method, timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from error

    async def _pages(
        self,
        method: str,
        call: Callable[..., Any],
        request: Any,
        items: Callable[[Any], Iterable[_Item]],
        timeout: float | None,
    ) -> AsyncIterator[_Item]:
        """The items of all pages; a page is asked for when its first item is wanted."""
        while True:
            page = await self._call(method, call, request, timeout)
            for item in items(page):
                yield item
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def _stream(
        self,
        method: str,
        call: Callable[..., grpc.aio.UnaryStreamCall[Any, _Response]],
        request: object,
        timeout: float | None,
    ) -> AsyncGenerator[_Response, None]:
        answers = call(request, timeout=self._deadlines.of(method, timeout))
        try:
            async for answer in answers:
                yield answer
        except grpc.RpcError as error:
            raise from_rpc(error) from error
        finally:
            answers.cancel()
