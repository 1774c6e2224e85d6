"""The blocking client of the services in `malha.identity.v1`: who one is, users, roles, keys, the audit log."""

# ruff: noqa: A002 (`filter` and `format` are the fields' names in the contract)

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from malha import identity_requests as requests
from malha.deadlines import Deadlines
from malha.errors import from_rpc
from malha.identity.v1 import (
    account_service_pb2,
    audit_service_pb2,
    key_service_pb2,
    oauth_service_pb2,
    role_service_pb2,
    user_service_pb2,
)
from malha.identity.v1.account_service_pb2_grpc import AccountServiceStub
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceStub
from malha.identity.v1.key_service_pb2_grpc import KeyServiceStub
from malha.identity.v1.oauth_service_pb2_grpc import OAuthServiceStub
from malha.identity.v1.role_service_pb2_grpc import RoleServiceStub
from malha.identity.v1.user_service_pb2_grpc import UserServiceStub

_Response = TypeVar("_Response")

SERVICES: tuple[ServiceDescriptor, ...] = (
    oauth_service_pb2.DESCRIPTOR.services_by_name["OAuthService"],
    account_service_pb2.DESCRIPTOR.services_by_name["AccountService"],
    user_service_pb2.DESCRIPTOR.services_by_name["UserService"],
    role_service_pb2.DESCRIPTOR.services_by_name["RoleService"],
    key_service_pb2.DESCRIPTOR.services_by_name["KeyService"],
    audit_service_pb2.DESCRIPTOR.services_by_name["AuditService"],
)
"""What it talks to."""


class IdentityClient:
    """Says who the caller is, looks after users, their roles and API keys, and reads the audit log.

    Every method raises a subclass of `malha.MalhaError`, and takes `timeout` in seconds (default: the contract's).
    Calls that change something are repeatable: retries carry the same request id. Lists come page by page, as they are
    needed.

    Attributes:
        oauth, accounts, users, roles, keys, audit: the generated stubs, for what is not covered here.
    """

    def __init__(self, channel: grpc.Channel, timeout: float | None = None) -> None:
        self.oauth = OAuthServiceStub(channel)
        self.accounts = AccountServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.audit = AuditServiceStub(channel)
        self._deadlines = Deadlines(SERVICES[0], timeout, *SERVICES[1:])

    def whoami(self, *, timeout: float | None = None) -> oauth_service_pb2.GetUserInfoResponse:
        """Who the caller is, and what its token permits."""
        return self._call("GetUserInfo", self.oauth.GetUserInfo, oauth_service_pb2.GetUserInfoRequest(), timeout)

    def get_account(self, *, timeout: float | None = None) -> account_service_pb2.Account:
        """The caller's account: roles, second factor, whether the password has to be changed."""
        request = account_service_pb2.GetAccountRequest()
        return self._call("GetAccount", self.accounts.GetAccount, request, timeout).account

    def change_password(self, current: str, new: str, *, code: str = "", timeout: float | None = None) -> None:
        """Changes the caller's password, which ends all of its logins; `code` is for who has a second factor.

        Raises:
            malha.PermissionDenied: with `CREDENTIALS_WRONG` when `current` or `code` is not right.
            malha.InvalidArgument: with `PASSWORD_UNFIT` when `new` would be guessed first.
        """
        request = requests.change_password(current, new, code)
        self._call("ChangePassword", self.accounts.ChangePassword, request, timeout)

    def list_users(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[user_service_pb2.User]:
        """The users of the caller's tenant that match an AIP-160 `filter`, by username unless `order_by` says else."""
        request = user_service_pb2.ListUsersRequest(filter=filter, order_by=order_by, page_size=page_size)
        while True:
            page = self._call("ListUsers", self.users.ListUsers, request, timeout)
            yield from page.users
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def create_user(
        self, username: str, *, display_name: str = "", email: str = "", timeout: float | None = None
    ) -> user_service_pb2.CreateUserResponse:
        """Makes a user without a role; the answer has a one-time password, which is told nowhere else.

        Raises:
            malha.AlreadyExists: the username is taken.
        """
        request = requests.create_user(username, display_name, email)
        return self._call("CreateUser", self.users.CreateUser, request, timeout)

    def update_user(
        self, user: user_service_pb2.User, paths: Iterable[str], *, timeout: float | None = None
    ) -> user_service_pb2.User:
        """Changes those fields of the user of that `name`, such as `disabled`; the user as it is now."""
        return self._call("UpdateUser", self.users.UpdateUser, requests.update_user(user, paths), timeout).user

    def delete_user(self, name: str, *, timeout: float | None = None) -> None:
        """Removes a user, `users/{uuid}`, for ever."""
        self._call("DeleteUser", self.users.DeleteUser, requests.delete_user(name), timeout)

    def reset_password(self, name: str, *, remove_second_factor: bool = False, timeout: float | None = None) -> str:
        """A one-time password for a user who cannot get in any more; it ends the user's logins."""
        request = requests.reset_password(name, remove_second_factor)
        return self._call("ResetPassword", self.users.ResetPassword, request, timeout).one_time_password

    def give_role(self, subject: str, role: str, *, timeout: float | None = None) -> role_service_pb2.RoleBinding:
        """Gives `users/{uuid}` or `serviceAccounts/{uuid}` the role `roles/{role}`, without conditions."""
        request = requests.create_role_binding(subject, role)
        return self._call("CreateRoleBinding", self.roles.CreateRoleBinding, request, timeout).role_binding

    def list_keys(
        self,
        *,
        owner: str = "",
        filter: str = "",
        order_by: str = "",
        page_size: int = 0,
        timeout: float | None = None,
    ) -> Iterator[key_service_pb2.ApiKey]:
        """The caller's API keys, or those of `owner` (`-`: everybody's), by default the newest first."""
        request = key_service_pb2.ListApiKeysRequest(owner=owner, filter=filter, order_by=order_by, page_size=page_size)
        while True:
            page = self._call("ListApiKeys", self.keys.ListApiKeys, request, timeout)
            yield from page.api_keys
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def create_key(
        self,
        display_name: str,
        *,
        owner: str = "",
        scopes: Iterable[str] = (),
        expire_time: datetime | None = None,
        timeout: float | None = None,
    ) -> key_service_pb2.CreateApiKeyResponse:
        """Makes an API key of the caller, or of `owner`; the answer has the whole key, which is told nowhere else.

        `scopes` cuts it down to those permissions. `expire_time` is at most 366 days ahead (default: 90).
        """
        request = requests.create_api_key(display_name, owner, scopes, expire_time)
        return self._call("CreateApiKey", self.keys.CreateApiKey, request, timeout)

    def revoke_key(self, name: str, *, timeout: float | None = None) -> key_service_pb2.ApiKey:
        """Ends an API key, `apiKeys/{uuid}`; the key as it is now."""
        return self._call("RevokeApiKey", self.keys.RevokeApiKey, requests.revoke_api_key(name), timeout).api_key

    def list_audit_entries(
        self,
        *,
        filter: str = "",
        order_by: str = "",
        page_size: int = 0,
        platform: bool = False,
        timeout: float | None = None,
    ) -> Iterator[audit_service_pb2.AuditEntry]:
        """What was done and refused in the caller's tenant, or, with `platform`, outside of any; the newest first."""
        request = audit_service_pb2.ListEntriesRequest(
            filter=filter, order_by=order_by, page_size=page_size, platform=platform
        )
        while True:
            page = self._call("ListEntries", self.audit.ListEntries, request, timeout)
            yield from page.entries
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def verify_audit(
        self, *, platform: bool = False, timeout: float | None = None
    ) -> Iterator[audit_service_pb2.VerifyChainResponse]:
        """Looks whether the audit log is what was written; tells how far it is, and, in `breaks`, what is wrong."""
        request = audit_service_pb2.VerifyChainRequest(platform=platform)
        return self._stream("VerifyChain", self.audit.VerifyChain, request, timeout)

    def export_audit(
        self,
        *,
        format: audit_service_pb2.ExportFormat.ValueType = audit_service_pb2.EXPORT_FORMAT_JSON_LINES,
        filter: str = "",
        platform: bool = False,
        timeout: float | None = None,
    ) -> Iterator[bytes]:
        """The entries as a file in pieces, the oldest first."""
        request = audit_service_pb2.ExportEntriesRequest(format=format, filter=filter, platform=platform)
        for piece in self._stream("ExportEntries", self.audit.ExportEntries, request, timeout):
            yield piece.content

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

    def _call(self, method: str, call: Callable[..., _Response], request: object, timeout: float | None) -> _Response:
        try:
            return call(request, timeout=self._deadlines.of(method, timeout))
        except grpc.RpcError as error:
            raise from_rpc(error) from error
