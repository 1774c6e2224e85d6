"""Builds the requests to the identity services that the blocking and the asyncio client share.

Those that change something have a request id, under which they can be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from malha.identity.v1 import account_service_pb2 as account
from malha.identity.v1 import key_service_pb2 as keys
from malha.identity.v1 import role_service_pb2 as roles
from malha.identity.v1 import service_account_service_pb2 as service_accounts
from malha.identity.v1 import tenant_service_pb2 as tenants
from malha.identity.v1 import user_service_pb2 as users
from malha.requests import new_request_id


def change_password(current: str, new: str, code: str) -> account.ChangePasswordRequest:
    """A request for another password."""
    return account.ChangePasswordRequest(
        current_password=current, new_password=new, code=code, request_id=new_request_id()
    )


def enroll_totp(password: str) -> account.EnrollTotpRequest:
    """A request for an authenticator's secret."""
    return account.EnrollTotpRequest(password=password, request_id=new_request_id())


def confirm_totp(code: str) -> account.ConfirmTotpRequest:
    """A request to make an authenticator count."""
    return account.ConfirmTotpRequest(code=code, request_id=new_request_id())


def disable_totp(password: str, code: str) -> account.DisableTotpRequest:
    """A request to do without a second factor."""
    return account.DisableTotpRequest(password=password, code=code, request_id=new_request_id())


def regenerate_recovery_codes(password: str, code: str) -> account.RegenerateRecoveryCodesRequest:
    """A request for other recovery codes."""
    return account.RegenerateRecoveryCodesRequest(password=password, code=code, request_id=new_request_id())


def create_user(username: str, display_name: str, email: str) -> users.CreateUserRequest:
    """A request for a user."""
    user = users.User(username=username, display_name=display_name, email=email)
    return users.CreateUserRequest(user=user, request_id=new_request_id())


def update_user(user: users.User, paths: Iterable[str]) -> users.UpdateUserRequest:
    """A request to change those fields of a user."""
    request = users.UpdateUserRequest(user=user, request_id=new_request_id())
    request.update_mask.paths.extend(paths)
    return request


def delete_user(name: str) -> users.DeleteUserRequest:
    """A request to remove a user."""
    return users.DeleteUserRequest(name=name, request_id=new_request_id())


def reset_password(name: str, remove_second_factor: bool) -> users.ResetPasswordRequest:
    """A request for a one-time password."""
    return users.ResetPasswordRequest(name=name, remove_second_factor=remove_second_factor, request_id=new_request_id())


def create_service_account(name: str, display_name: str) -> service_accounts.CreateServiceAccountRequest:
    """A request for a service account that people call by `name`."""
    made = service_accounts.ServiceAccount(account=name, display_name=display_name)
    return service_accounts.CreateServiceAccountRequest(service_account=made, request_id=new_request_id())


def update_service_account(
    changed: service_accounts.ServiceAccount, paths: Iterable[str]
) -> service_accounts.UpdateServiceAccountRequest:
    """A request to change those fields of a service account."""
    request = service_accounts.UpdateServiceAccountRequest(service_account=changed, request_id=new_request_id())
    request.update_mask.paths.extend(paths)
    return request


def delete_service_account(name: str) -> service_accounts.DeleteServiceAccountRequest:
    """A request to remove a service account."""
    return service_accounts.DeleteServiceAccountRequest(name=name, request_id=new_request_id())


def create_role(
    role_id: str, permissions: Iterable[str], display_name: str, description: str
) -> roles.CreateRoleRequest:
    """A request for a role of the tenant's own."""
    role = roles.Role(display_name=display_name, description=description, permissions=permissions)
    return roles.CreateRoleRequest(role=role, role_id=role_id, request_id=new_request_id())


def update_role(role: roles.Role, paths: Iterable[str]) -> roles.UpdateRoleRequest:
    """A request to change those fields of a role."""
    request = roles.UpdateRoleRequest(role=role, request_id=new_request_id())
    request.update_mask.paths.extend(paths)
    return request


def delete_role(name: str) -> roles.DeleteRoleRequest:
    """A request to remove a role."""
    return roles.DeleteRoleRequest(name=name, request_id=new_request_id())


def create_role_binding(subject: str, role: str, conditions: roles.Conditions | None) -> roles.CreateRoleBindingRequest:
    """A request to give somebody a role, for good or under conditions."""
    binding = roles.RoleBinding(subject=subject, role=role, conditions=conditions)
    return roles.CreateRoleBindingRequest(role_binding=binding, request_id=new_request_id())


def delete_role_binding(name: str) -> roles.DeleteRoleBindingRequest:
    """A request to take a role away."""
    return roles.DeleteRoleBindingRequest(name=name, request_id=new_request_id())


def create_api_key(
    display_name: str, owner: str, scopes: Iterable[str], expire_time: datetime | None
) -> keys.CreateApiKeyRequest:
    """A request for a key."""
    key = keys.ApiKey(display_name=display_name, owner=owner, scopes=scopes)
    if expire_time is not None:
        key.expire_time.FromDatetime(expire_time)
    return keys.CreateApiKeyRequest(api_key=key, request_id=new_request_id())


def revoke_api_key(name: str) -> keys.RevokeApiKeyRequest:
    """A request to end a key."""
    return keys.RevokeApiKeyRequest(name=name, request_id=new_request_id())


def create_tenant(
    tenant_id: str, display_name: str, tier: tenants.Tier.ValueType, administrator: str
) -> tenants.CreateTenantRequest:
    """A request for a tenant."""
    tenant = tenants.Tenant(display_name=display_name, tier=tier)
    return tenants.CreateTenantRequest(
        tenant=tenant, tenant_id=tenant_id, administrator=administrator, request_id=new_request_id()
    )


def update_tenant(tenant: tenants.Tenant, paths: Iterable[str]) -> tenants.UpdateTenantRequest:
    """A request to change those fields of a tenant."""
    request = tenants.UpdateTenantRequest(tenant=tenant, request_id=new_request_id())
    request.update_mask.paths.extend(paths)
    return request


def delete_tenant(name: str) -> tenants.DeleteTenantRequest:
    """A request to remove a tenant."""
    return tenants.DeleteTenantRequest(name=name, request_id=new_request_id())
