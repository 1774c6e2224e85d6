"""Builds the requests to the identity services that the blocking and the asyncio client share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from malha.identity.v1 import account_service_pb2 as accounts
from malha.identity.v1 import key_service_pb2 as keys
from malha.identity.v1 import role_service_pb2 as roles
from malha.identity.v1 import user_service_pb2 as users
from malha.requests import new_request_id


def change_password(current: str, new: str, code: str) -> accounts.ChangePasswordRequest:
    """A request for another password, repeatable under its id."""
    return accounts.ChangePasswordRequest(
        current_password=current, new_password=new, code=code, request_id=new_request_id()
    )


def create_user(username: str, display_name: str, email: str) -> users.CreateUserRequest:
    """A request for a user, repeatable under its id."""
    user = users.User(username=username, display_name=display_name, email=email)
    return users.CreateUserRequest(user=user, request_id=new_request_id())


def update_user(user: users.User, paths: Iterable[str]) -> users.UpdateUserRequest:
    """A request to change those fields of a user, repeatable under its id."""
    request = users.UpdateUserRequest(user=user, request_id=new_request_id())
    request.update_mask.paths.extend(paths)
    return request


def delete_user(name: str) -> users.DeleteUserRequest:
    """A request to remove a user, repeatable under its id."""
    return users.DeleteUserRequest(name=name, request_id=new_request_id())


def reset_password(name: str, remove_second_factor: bool) -> users.ResetPasswordRequest:
    """A request for a one-time password, repeatable under its id."""
    return users.ResetPasswordRequest(name=name, remove_second_factor=remove_second_factor, request_id=new_request_id())


def create_role_binding(subject: str, role: str) -> roles.CreateRoleBindingRequest:
    """A request to give somebody a role for good, repeatable under its id."""
    binding = roles.RoleBinding(subject=subject, role=role)
    return roles.CreateRoleBindingRequest(role_binding=binding, request_id=new_request_id())


def create_api_key(
    display_name: str, owner: str, scopes: Iterable[str], expire_time: datetime | None
) -> keys.CreateApiKeyRequest:
    """A request for a key, repeatable under its id."""
    key = keys.ApiKey(display_name=display_name, owner=owner, scopes=scopes)
    if expire_time is not None:
        key.expire_time.FromDatetime(expire_time)
    return keys.CreateApiKeyRequest(api_key=key, request_id=new_request_id())


def revoke_api_key(name: str) -> keys.RevokeApiKeyRequest:
    """A request to end a key, repeatable under its id."""
    return keys.RevokeApiKeyRequest(name=name, request_id=new_request_id())
