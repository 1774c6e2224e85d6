"""The blocking client of the services in `malha.identity.v1`: who one is, and who may do what."""

from __future__ import annotations

from malha.identity_client.account import AccountCalls
from malha.identity_client.audit import AuditCalls
from malha.identity_client.calls import SERVICES
from malha.identity_client.keys import KeyCalls
from malha.identity_client.roles import RoleCalls
from malha.identity_client.subjects import SubjectCalls
from malha.identity_client.tenants import TenantCalls

__all__ = ["SERVICES", "IdentityClient"]


class IdentityClient(AccountCalls, SubjectCalls, RoleCalls, KeyCalls, TenantCalls, AuditCalls):
    """Says who the caller is; looks after users, service accounts, roles, API keys and tenants; reads the audit log.

    Every method raises a subclass of `malha.MalhaError`, and takes `timeout` in seconds (default: the contract's).
    Calls that change something are repeatable: retries carry the same request id. Lists come page by page, as they are
    needed.

    Attributes:
        oauth, accounts, users, service_accounts, roles, keys, tenants, audit: the generated stubs, for what is not
            covered here.
    """
