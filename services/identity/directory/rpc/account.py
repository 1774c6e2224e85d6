"""`malha.identity.v1.AccountService`: parse, call, format."""

from __future__ import annotations

import math
from dataclasses import dataclass

from malha.identity.v1 import account_service_pb2 as pb
from malha.identity.v1.account_service_pb2_grpc import AccountServiceServicer

from services.identity.directory.domain.users import ServiceAccount, User
from services.identity.directory.ports import Passwords, Unit, Units
from services.identity.directory.rpc.caller import actor
from services.identity.directory.rpc.once import Once
from services.identity.directory.usecases.account import OwnAccount, login_of
from services.identity.directory.usecases.look_up import find
from services.runtime.auth import principal
from services.runtime.call import current
from services.runtime.origin import address_of

# What an authenticator shows above its codes.
_ISSUER = "Malha"


@dataclass(frozen=True, kw_only=True)
class AccountRpcs(AccountServiceServicer):
    """The rpcs about one's own account."""

    units: Units
    once: Once
    account: OwnAccount
    passwords: Passwords

    async def GetAccount(self, request: pb.GetAccountRequest, context: object) -> pb.GetAccountResponse:
        caller, name = principal(), actor().name
        account = pb.Account(
            subject=caller.subject, tenant=f"tenants/{caller.tenant}", permissions=sorted(caller.permissions)
        )
        if math.isfinite(caller.expires):
            account.token_expire_time.FromMilliseconds(int(caller.expires * 1000))
        if name is not None:
            async with self.units.unit(caller.tenant) as unit:
                found = await find(unit, name)
                bindings = await unit.bindings.of(name)
                account.recovery_codes_left = await unit.factors.codes_left(name.id)
            account.roles.extend(sorted({f"roles/{binding.role}" for binding in bindings}))
            _describe(account, found)
        return pb.GetAccountResponse(account=account)

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: object) -> pb.ChangePasswordResponse:
        if (known := await self.once.answered_secretly(request, pb.ChangePasswordResponse)) is not None:
            return known
        caller = actor()
        await self.account.check_new_password(caller, request.current_password, request.new_password)
        proof = await self.account.prove(caller, request.current_password, request.code, address_of(current()))
        kept = await self.passwords.hash(request.new_password) if proof.failure is None else ""

        async def change(unit: Unit) -> pb.ChangePasswordResponse:
            await self.account.change_password(unit, proof, kept, caller.session)
            return pb.ChangePasswordResponse()

        return await self.once.secretly(request, pb.ChangePasswordResponse, change)

    async def EnrollTotp(self, request: pb.EnrollTotpRequest, context: object) -> pb.EnrollTotpResponse:
        if (known := await self.once.answered_secretly(request, pb.EnrollTotpResponse)) is not None:
            return known
        proof = await self.account.prove(actor(), request.password, "", address_of(current()))

        async def change(unit: Unit) -> pb.EnrollTotpResponse:
            totp, user = await self.account.enroll_totp(unit, proof)
            return pb.EnrollTotpResponse(secret=totp.secret, uri=totp.uri(login_of(user), _ISSUER))

        return await self.once.secretly(request, pb.EnrollTotpResponse, change)

    async def ConfirmTotp(self, request: pb.ConfirmTotpRequest, context: object) -> pb.ConfirmTotpResponse:
        async def change(unit: Unit) -> pb.ConfirmTotpResponse:
            return pb.ConfirmTotpResponse(recovery_codes=await self.account.confirm_totp(unit, actor(), request.code))

        return await self.once.secretly(request, pb.ConfirmTotpResponse, change)

    async def DisableTotp(self, request: pb.DisableTotpRequest, context: object) -> pb.DisableTotpResponse:
        if (known := await self.once.answered_secretly(request, pb.DisableTotpResponse)) is not None:
            return known
        proof = await self.account.prove(actor(), request.password, request.code, address_of(current()))

        async def change(unit: Unit) -> pb.DisableTotpResponse:
            await self.account.disable_totp(unit, proof)
            return pb.DisableTotpResponse()

        return await self.once.secretly(request, pb.DisableTotpResponse, change)

    async def RegenerateRecoveryCodes(
        self, request: pb.RegenerateRecoveryCodesRequest, context: object
    ) -> pb.RegenerateRecoveryCodesResponse:
        if (known := await self.once.answered_secretly(request, pb.RegenerateRecoveryCodesResponse)) is not None:
            return known
        proof = await self.account.prove(actor(), request.password, request.code, address_of(current()))

        async def change(unit: Unit) -> pb.RegenerateRecoveryCodesResponse:
            return pb.RegenerateRecoveryCodesResponse(recovery_codes=await self.account.regenerate_codes(unit, proof))

        return await self.once.secretly(request, pb.RegenerateRecoveryCodesResponse, change)


def _describe(account: pb.Account, found: User | ServiceAccount | None) -> None:
    if found is None:
        return
    account.display_name = found.display_name
    if isinstance(found, ServiceAccount):
        account.username = found.account
        return
    account.username = found.username
    account.second_factor = found.second_factor
    account.must_change_password = found.must_change_password
