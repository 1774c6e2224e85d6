"""The grant `device_code`: a session for a device that a person let in (RFC 8628)."""

from __future__ import annotations

from dataclasses import dataclass

from services.identity.directory.domain.errors import CredentialsInvalid
from services.identity.oauth.domain import devices
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.devices import DeviceLogin, Poll
from services.identity.oauth.domain.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    SlowDown,
)
from services.identity.oauth.domain.grants import GrantType
from services.identity.oauth.domain.sessions import digest_of
from services.identity.oauth.ports import DeviceStore, Units
from services.identity.oauth.usecases.begin_session import BeginSession
from services.identity.oauth.usecases.mint import Asked, TokenAnswer
from services.runtime.clock import Clock

_REFUSALS = {
    Poll.PENDING: AuthorizationPending,
    Poll.TOO_EARLY: SlowDown,
    Poll.EXPIRED: ExpiredToken,
    Poll.DENIED: AccessDenied,
}


@dataclass(frozen=True, slots=True)
class GrantToDevice:
    """Answers devices that ask whether they were let in."""

    store: DeviceStore
    units: Units
    begin: BeginSession
    clock: Clock

    async def __call__(self, client: Client, device_code: str, address: str) -> TokenAnswer:
        """The first tokens of the session, once.

        Raises:
            AuthorizationPending, SlowDown, ExpiredToken, AccessDenied: there is none, not yet or not at all.
            InvalidGrant: the device code is none, or another client's; or the person who decided may not go on.
        """
        digest = digest_of(device_code)
        login = await self._approved(client, digest)
        if login.person is None:
            raise InvalidGrant("nobody decided on this login")
        asked = Asked(GrantType.DEVICE_CODE, client.id, address)
        async with self.units.unit(login.person.tenant) as unit:
            await unit.issuing()
            if not await unit.redeem(digest):
                raise ExpiredToken  # it asked twice at once, and the other answer has the tokens
            try:
                answer = await self.begin(unit, login.person, login.scope, asked)
            except CredentialsInvalid:
                raise InvalidGrant("the person who let this device in may not go on") from None
            await unit.commit()
        return answer

    async def _approved(self, client: Client, digest: bytes) -> DeviceLogin:
        seen: list[tuple[Poll, DeviceLogin]] = []

        def ask(login: DeviceLogin) -> DeviceLogin:
            if login.client != client.id:
                return login
            seen.append(devices.poll(login, self.clock.now()))
            return seen[0][1]

        await self.store.polled(digest, ask)
        if not seen:
            raise InvalidGrant("there is no such device code")
        heard, login = seen[0]
        refusal = _REFUSALS.get(heard)
        if refusal is not None:
            raise refusal
        return login
