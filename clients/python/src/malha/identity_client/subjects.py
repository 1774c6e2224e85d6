"""The part of the identity client about users and service accounts."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)

from __future__ import annotations

from collections.abc import Iterable, Iterator

from malha import identity_requests as requests
from malha.identity.v1 import service_account_service_pb2, user_service_pb2
from malha.identity_client.calls import Calls


class SubjectCalls(Calls):
    """Who there is in the caller's tenant: people, and programs that act for themselves."""

    def list_users(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[user_service_pb2.User]:
        """The users of the caller's tenant that match an AIP-160 `filter`, by username unless `order_by` says else."""
        request = user_service_pb2.ListUsersRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListUsers", self.users.ListUsers, request, lambda page: page.users, timeout)

    def get_user(self, name: str, *, timeout: float | None = None) -> user_service_pb2.User:
        """Gets one user by its name, `users/{uuid}`."""
        return self._call("GetUser", self.users.GetUser, user_service_pb2.GetUserRequest(name=name), timeout).user

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

    def list_service_accounts(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> Iterator[service_account_service_pb2.ServiceAccount]:
        """The service accounts of the caller's tenant that match an AIP-160 `filter`, by account."""
        request = service_account_service_pb2.ListServiceAccountsRequest(
            filter=filter, order_by=order_by, page_size=page_size
        )
        call = self.service_accounts.ListServiceAccounts
        return self._pages("ListServiceAccounts", call, request, lambda page: page.service_accounts, timeout)

    def get_service_account(
        self, name: str, *, timeout: float | None = None
    ) -> service_account_service_pb2.ServiceAccount:
        """Gets one service account by its name, `serviceAccounts/{uuid}`."""
        request = service_account_service_pb2.GetServiceAccountRequest(name=name)
        call = self.service_accounts.GetServiceAccount
        return self._call("GetServiceAccount", call, request, timeout).service_account

    def create_service_account(
        self, account: str, *, display_name: str = "", timeout: float | None = None
    ) -> service_account_service_pb2.ServiceAccount:
        """Makes a service account that people call by `account`; it has neither a role nor a key.

        Raises:
            malha.AlreadyExists: there is one of that name.
        """
        request = requests.create_service_account(account, display_name)
        call = self.service_accounts.CreateServiceAccount
        return self._call("CreateServiceAccount", call, request, timeout).service_account

    def update_service_account(
        self,
        account: service_account_service_pb2.ServiceAccount,
        paths: Iterable[str],
        *,
        timeout: float | None = None,
    ) -> service_account_service_pb2.ServiceAccount:
        """Changes those fields of the service account of that `name`, such as `disabled`; as it is now."""
        request = requests.update_service_account(account, paths)
        call = self.service_accounts.UpdateServiceAccount
        return self._call("UpdateServiceAccount", call, request, timeout).service_account

    def delete_service_account(self, name: str, *, timeout: float | None = None) -> None:
        """Removes a service account, `serviceAccounts/{uuid}`, with its roles and keys, for ever."""
        request = requests.delete_service_account(name)
        self._call("DeleteServiceAccount", self.service_accounts.DeleteServiceAccount, request, timeout)
