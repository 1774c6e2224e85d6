"""What the parts of the asyncio identity client share."""

from __future__ import annotations

import grpc.aio

from malha.aio.caller import AsyncCaller
from malha.identity.v1.account_service_pb2_grpc import AccountServiceStub
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceStub
from malha.identity.v1.key_service_pb2_grpc import KeyServiceStub
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub
from malha.identity.v1.role_service_pb2_grpc import RoleServiceStub
from malha.identity.v1.service_account_service_pb2_grpc import ServiceAccountServiceStub
from malha.identity.v1.tenant_service_pb2_grpc import TenantServiceStub
from malha.identity.v1.user_service_pb2_grpc import UserServiceStub
from malha.identity_client.calls import deadlines


class AsyncCalls(AsyncCaller):
    """The stubs of the identity services, and how they are called."""

    def __init__(self, channel: grpc.aio.Channel, timeout: float | None = None) -> None:
        super().__init__(deadlines(timeout))
        # As in the blocking client: the type of a stub goes by that of its channel.
        self.oauth = OAuthServiceStub(channel)
        self.accounts = AccountServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.service_accounts = ServiceAccountServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.tenants = TenantServiceStub(channel)
        self.audit = AuditServiceStub(channel)
