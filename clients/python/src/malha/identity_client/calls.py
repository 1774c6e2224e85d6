"""What the parts of the identity client share: the stubs and their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.caller import Caller
from malha.deadlines import Deadlines
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

if TYPE_CHECKING:
    import grpc
    from google.protobuf.descriptor import ServiceDescriptor

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


def deadlines(timeout: float | None) -> Deadlines:
    """Those of all these methods; `timeout` in seconds for calls that do not say otherwise."""
    return Deadlines(SERVICES[0], timeout, *SERVICES[1:])


class Calls(Caller):
    """The stubs of the identity services, and how they are called."""

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        super().__init__(deadlines(timeout))
        self.oauth = OAuthServiceStub(channel)
        self.accounts = AccountServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.service_accounts = ServiceAccountServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.tenants = TenantServiceStub(channel)
        self.audit = AuditServiceStub(channel)
