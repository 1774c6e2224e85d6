"""The asyncio client of the services in `malha.identity.v1`; its methods promise what those of the blocking one do."""

from __future__ import annotations

from malha.aio.identity_client.account import AsyncAccountCalls
from malha.aio.identity_client.audit import AsyncAuditCalls
from malha.aio.identity_client.keys import AsyncKeyCalls
from malha.aio.identity_client.roles import AsyncRoleCalls
from malha.aio.identity_client.subjects import AsyncSubjectCalls
from malha.aio.identity_client.tenants import AsyncTenantCalls

__all__ = ["AsyncIdentityClient"]


class AsyncIdentityClient(
    AsyncAccountCalls, AsyncSubjectCalls, AsyncRoleCalls, AsyncKeyCalls, AsyncTenantCalls, AsyncAuditCalls
):
    """See `malha.identity_client.IdentityClient`. Lists are iterated with `async for`.

    Attributes:
        oauth, accounts, users, service_accounts, roles, keys, tenants, audit: the generated stubs, for what is not
            covered here.
    """
