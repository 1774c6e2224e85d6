"""Tenants of a test's own, and who administers them."""

from __future__ import annotations

from uuid import uuid4

import malha
from malha.auth.oauth import OAuth
from malha.identity.v1 import account_service_pb2, tenant_service_pb2

PASSWORD = "a password of more than fifteen letters"


def add_tenant(
    nobody: malha.Client,
    operator: malha.Client,
    tenant: str,
    tier: tenant_service_pb2.Tier.ValueType = tenant_service_pb2.TIER_DEVELOPMENT,
) -> str:
    """A token of a new tenant's administrator; `operator` may make tenants, `nobody` has no token of its own."""
    create = operator.channel.unary_unary(
        "/malha.identity.v1.TenantService/CreateTenant",
        tenant_service_pb2.CreateTenantRequest.SerializeToString,
        tenant_service_pb2.CreateTenantResponse.FromString,
    )
    wanted = tenant_service_pb2.Tenant(tier=tier)
    request = tenant_service_pb2.CreateTenantRequest(tenant=wanted, tenant_id=tenant, request_id=str(uuid4()))
    first_password = create(request, timeout=20).one_time_password
    oauth = OAuth(nobody.channel)
    first = oauth.password(f"{tenant}/admin", first_password)
    change = nobody.channel.unary_unary(
        "/malha.identity.v1.AccountService/ChangePassword",
        account_service_pb2.ChangePasswordRequest.SerializeToString,
        account_service_pb2.ChangePasswordResponse.FromString,
    )
    chosen = account_service_pb2.ChangePasswordRequest(
        current_password=first_password, new_password=PASSWORD, request_id=str(uuid4())
    )
    change(chosen, timeout=20, metadata=[("authorization", f"Bearer {first.access_token}")])
    return oauth.password(f"{tenant}/admin", PASSWORD).access_token
