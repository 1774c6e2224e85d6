"""The part of the asyncio identity client about the one who calls."""

# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import Sequence

from malha import identity_requests as requests
from malha.aio.identity_client.calls import AsyncCalls
from malha.identity.v1 import account_service_pb2, oauth_service_pb2


class AsyncAccountCalls(AsyncCalls):
    """Who one is, one's password and second factor, and the devices that one lets in."""

    async def whoami(self, *, timeout: float | None = None) -> oauth_service_pb2.GetUserInfoResponse:
        """Who the caller is, and what its token permits."""
        return await self._call("GetUserInfo", self.oauth.GetUserInfo, oauth_service_pb2.GetUserInfoRequest(), timeout)

    async def get_account(self, *, timeout: float | None = None) -> account_service_pb2.Account:
        """The caller's account: roles, second factor, whether the password has to be changed."""
        request = account_service_pb2.GetAccountRequest()
        return (await self._call("GetAccount", self.accounts.GetAccount, request, timeout)).account

    async def change_password(self, current: str, new: str, *, code: str = "", timeout: float | None = None) -> None:
        """Changes the caller's password, which ends its other logins; `code` is for who has a second factor."""
        request = requests.change_password(current, new, code)
        await self._call("ChangePassword", self.accounts.ChangePassword, request, timeout)

    async def enroll_totp(
        self, password: str, *, timeout: float | None = None
    ) -> account_service_pb2.EnrollTotpResponse:
        """What an authenticator has to know; it counts once `confirm_totp` has seen a code of it."""
        return await self._call("EnrollTotp", self.accounts.EnrollTotp, requests.enroll_totp(password), timeout)

    async def confirm_totp(self, code: str, *, timeout: float | None = None) -> Sequence[str]:
        """Makes the authenticator count; the recovery codes, which are told nowhere else."""
        request = requests.confirm_totp(code)
        return (await self._call("ConfirmTotp", self.accounts.ConfirmTotp, request, timeout)).recovery_codes

    async def disable_totp(self, password: str, code: str, *, timeout: float | None = None) -> None:
        """Takes authenticator and recovery codes away, which ends all logins; `code` may be a recovery code."""
        await self._call("DisableTotp", self.accounts.DisableTotp, requests.disable_totp(password, code), timeout)

    async def regenerate_recovery_codes(
        self, password: str, code: str, *, timeout: float | None = None
    ) -> Sequence[str]:
        """Ten recovery codes in the place of those that are left; raises what `disable_totp` raises."""
        request = requests.regenerate_recovery_codes(password, code)
        call = self.accounts.RegenerateRecoveryCodes
        return (await self._call("RegenerateRecoveryCodes", call, request, timeout)).recovery_codes

    async def approve_device(
        self, user_code: str, *, deny: bool = False, timeout: float | None = None
    ) -> oauth_service_pb2.ApproveDeviceResponse:
        """Lets the device that shows this code in, or turns it away."""
        request = oauth_service_pb2.ApproveDeviceRequest(user_code=user_code, deny=deny)
        return await self._call("ApproveDevice", self.oauth.ApproveDevice, request, timeout)
