"""Authorize a device (RFC 8628): give it the codes with which its login begins."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.identity.oauth.domain import devices
from services.identity.oauth.domain.clients import Client
from services.identity.oauth.domain.devices import DeviceLogin, DevicePolicy
from services.identity.oauth.domain.errors import UnauthorizedClient
from services.identity.oauth.domain.scopes import Scope
from services.identity.oauth.domain.sessions import digest_of
from services.identity.oauth.ports import DeviceStore
from services.runtime.clock import Clock
from services.runtime.exceptions import Overloaded

# With 20**8 codes and some thousand logins, a code is taken once in a million times.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class DeviceCodes:
    """What a device gets: its secret, and the login that it began."""

    device_code: str = field(repr=False)
    login: DeviceLogin


@dataclass(frozen=True, slots=True)
class AuthorizeDevice:
    """Begins logins of devices."""

    store: DeviceStore
    clock: Clock
    policy: DevicePolicy

    async def __call__(self, client: Client, scope: Scope) -> DeviceCodes:
        """The codes.

        Raises:
            UnauthorizedClient: the client is an API key, which needs no person.
            Overloaded: too many logins wait already.
        """
        if not client.public:
            raise UnauthorizedClient("a client with a secret needs nobody to let it in")
        now = self.clock.now()
        for _ in range(_TRIES):
            secret = devices.new_secret()
            login = DeviceLogin(
                digest=digest_of(secret),
                user_code=devices.new_user_code(),
                client=client.id,
                scope=scope,
                create_time=now,
                expire_time=now + self.policy.life,
                interval=self.policy.interval,
            )
            if await self.store.add(login, now, self.policy.most_waiting):
                return DeviceCodes(secret, login)
        raise Overloaded(self.policy.most_waiting, self.policy.interval)
