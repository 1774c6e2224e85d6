"""The part of the identity client about the one who calls."""

from __future__ import annotations

from collections.abc import Sequence

from malha import identity_requests as requests
from malha.identity.v1 import account_service_pb2, oauth_service_pb2
from malha.identity_client.calls import Calls


class AccountCalls(Calls):
    """Who one is, one's password and second factor, and the devices that one lets in."""

    def whoami(self, *, timeout: float | None = None) -> oauth_service_pb2.GetUserInfoResponse:
        """Who the caller is, and what its token permits."""
        return self._call("GetUserInfo", self.oauth.GetUserInfo, oauth_service_pb2.GetUserInfoRequest(), timeout)

    def get_account(self, *, timeout: float | None = None) -> account_service_pb2.Account:
        """The caller's account: roles, second factor, whether the password has to be changed."""
        request = account_service_pb2.GetAccountRequest()
        return self._call("GetAccount", self.accounts.GetAccount, request, timeout).account

    def change_password(self, current: str, new: str, *, code: str = "", timeout: float | None = None) -> None:
        """Changes the caller's password, which ends its other logins; `code` is for who has a second factor.

        Raises:
            malha.PermissionDenied: with `CREDENTIALS_WRONG` when `current` or `code` is not right.
            malha.InvalidArgument: with `PASSWORD_UNFIT` when `new` would be guessed first.
        """
        request = requests.change_password(current, new, code)
        self._call("ChangePassword", self.accounts.ChangePassword, request, timeout)

    def enroll_totp(self, password: str, *, timeout: float | None = None) -> account_service_pb2.EnrollTotpResponse:
        """What an authenticator has to know, as a secret and as a URI; it counts once `confirm_totp` has seen a code.

        Raises:
            malha.PermissionDenied: with `CREDENTIALS_WRONG` when the password is not right.
            malha.FailedPrecondition: with `SECOND_FACTOR_STATE` when there is an authenticator already.
        """
        return self._call("EnrollTotp", self.accounts.EnrollTotp, requests.enroll_totp(password), timeout)

    def confirm_totp(self, code: str, *, timeout: float | None = None) -> Sequence[str]:
        """Makes the authenticator count; the recovery codes, which are told nowhere else.

        Raises:
            malha.PermissionDenied: with `CREDENTIALS_WRONG` when the code is not right.
            malha.FailedPrecondition: with `SECOND_FACTOR_STATE` when no authenticator is being set up.
        """
        request = requests.confirm_totp(code)
        return self._call("ConfirmTotp", self.accounts.ConfirmTotp, request, timeout).recovery_codes

    def disable_totp(self, password: str, code: str, *, timeout: float | None = None) -> None:
        """Takes authenticator and recovery codes away, which ends all logins; `code` may be a recovery code.

        Raises:
            malha.PermissionDenied: with `CREDENTIALS_WRONG` when password or code is not right.
            malha.FailedPrecondition: with `SECOND_FACTOR_STATE` when there is no second factor.
        """
        self._call("DisableTotp", self.accounts.DisableTotp, requests.disable_totp(password, code), timeout)

    def regenerate_recovery_codes(self, password: str, code: str, *, timeout: float | None = None) -> Sequence[str]:
        """Ten recovery codes in the place of those that are left; raises what `disable_totp` raises."""
        request = requests.regenerate_recovery_codes(password, code)
        call = self.accounts.RegenerateRecoveryCodes
        return self._call("RegenerateRecoveryCodes", call, request, timeout).recovery_codes

    def approve_device(
        self, user_code: str, *, deny: bool = False, timeout: float | None = None
    ) -> oauth_service_pb2.ApproveDeviceResponse:
        """Lets the device that shows this code in, or turns it away; it gets no more than the caller's token permits.

        Raises:
            malha.NotFound: with `DEVICE_NOT_FOUND` when no device waits with this code.
        """
        request = oauth_service_pb2.ApproveDeviceRequest(user_code=user_code, deny=deny)
        return self._call("ApproveDevice", self.oauth.ApproveDevice, request, timeout)
