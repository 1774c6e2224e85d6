"""What the parts of the identity client share: the stubs, deadlines, typed errors, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from malha.deadlines import Deadlines
from malha.errors import from_rpc
from malha.identity.v1 import (
    account_service_pb2,
    audit_service_pb2,
    key_service_pb2,
    oauth_service_pb2,
    role_service_pb2,
    service_account_service_pb2,
    tenant_service_pb2,
    user_service_pb2,
)
from malha.identity.v1.account_service_pb2_grpc import AccountServiceStub
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceStub
from malha.identity.v1.key_service_pb2_grpc import KeyServiceStub
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub
from malha.identity.v1.role_service_pb2_grpc import RoleServiceStub
from malha.identity.v1.service_account_service_pb2_grpc import ServiceAccountServiceStub
from malha.identity.v1.tenant_service_pb2_grpc import TenantServiceStub
from malha.identity.v1.user_service_pb2_grpc import UserServiceStub

_Response = TypeVar("_Response")
_Item = TypeVar("_Item")

SERVICES: tuple[ServiceDescriptor, ...] = (
    oauth_service_pb2.DESCRIPTOR.services_by_name["OAuthService"],
    account_service_pb2.DESCRIPTOR.services_by_name["AccountService"],
    user_service_pb2.DESCRIPTOR.services_by_name["UserService"],
    service_account_service_pb2.DESCRIPTOR.services_by_name["ServiceAccountService"],
    role_service_pb2.DESCRIPTOR.services_by_name["RoleService"],
    key_service_pb2.DESCRIPTOR.services_by_name["KeyService"],
    tenant_service_pb2.DESCRIPTOR.services_by_name["TenantService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
)
"""What the identity client talks to. No two methods of them have one name."""


class Calls:
    """The stubs of the identity services, and how they are called."""

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        self.oauth = OAuthServiceStub(channel)
        self.accounts = AccountServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.service_accounts = ServiceAccountServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.tenants = TenantServiceStub(channel)
        self.audit = AuditServiceStub(channel)
        self._deadlines = Deadlines(SERVICES[0], timeout, *SERVICES[1:])

    def _call(self, method: str, call: Callable[..., _Response], request: object, timeout: float | None) -> _Response:
        try:
            return call(request, timeout=self._deadlines.of(method, timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from error

    def _pages(
        self,
        method: str,
        call: Callable[..., Any],
        request: Any,
        items: Callable[[Any], Iterable[_Item]],
        timeout: float | None,
    ) -> Iterator[_Item]:
        """The items of all pages; a page is asked for when its first item is wanted."""
        while True:
            page = self._call(method, call, request, timeout)
            yield from items(page)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def _stream(
        self, method: str, call: Callable[..., Iterable[_Response]], request: object, timeout: float | None
    ) -> Iterator[_Response]:
        answers: Any = call(request, timeout=self._deadlines.of(method, timeout))
        try:
            yield from answers
        except grpc.RpcError as error:
            raise from_rpc(error) from error
        finally:
            answers.cancel()
