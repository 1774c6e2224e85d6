"""Tenants of a test's own, and who administers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from malha.auth.oauth import OAuth
from malha.identity.v1 import tenant_service_pb2

if TYPE_CHECKING:
    from tests.support.mesh_process import Mesh

PASSWORD = "a password of more than fifteen letters"


def add_tenant(
    running: Mesh, tenant: str, tier: tenant_service_pb2.Tier.ValueType = tenant_service_pb2.TIER_DEVELOPMENT
) -> str:
    """A token of a new tenant's administrator; whoever started the mesh makes the tenant."""
    with running.connect() as operator:
        first_password = operator.identity.create_tenant(tenant, tier=tier).one_time_password
    with running.connect("") as nobody:
        oauth, administrator = OAuth(nobody.channel), f"{tenant}/admin"
        first = oauth.password(administrator, first_password)
        with running.connect(first.access_token) as newcomer:
            newcomer.identity.change_password(first_password, PASSWORD)
        return oauth.password(administrator, PASSWORD).access_token
