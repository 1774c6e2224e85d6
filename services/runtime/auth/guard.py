"""Keeps what a server needs to check tokens: the issuer's keys, and what it took back."""

import asyncio
import time
from collections.abc import Callable

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.auth.authority import Authority
from services.runtime.auth.keys import Keys, read
from services.runtime.auth.principal import Principal
from services.runtime.auth.revocations import Revocations
from services.runtime.auth.tokens import Tokens
from services.runtime.auth.verification import Verifier
from services.runtime.exceptions import TokenKeysUnavailable

_LOG = structlog.get_logger("guard")
# How often the issuer is asked for what it took back, in seconds, and, until it has answered once, for anything.
_INTERVAL = 2.0
_FIRST_INTERVAL = 0.25
# Every so often for the keys as well, and at once, but no sooner than this after the last time, for a key nobody knows.
_KEYS_SECONDS = 30.0
_UNKNOWN_KEY_SECONDS = 5.0


class Guard:
    """Asks the issuer again and again, so that no call has to wait for it.

    An issuer that is away changes nothing: its last answers hold. Until it has told both, its keys and what it took
    back, no token can be checked.

    Attributes:
        tokens: for the stage that lets calls in.
    """

    def __init__(
        self, issuer: str, authority: Authority, registry: CollectorRegistry, now: Callable[[], float] = time.time
    ) -> None:
        """`now` is the time in seconds since 1970."""
        self._authority = authority
        self._now = now
        self._revocations = Revocations()
        self._keys: Keys = {}
        self._keys_at = 0.0
        self._number = 0
        self._ready = False
        self._failing = False
        self._wake = asyncio.Event()
        self._tried = asyncio.Event()
        self.tokens = Tokens(Verifier(issuer, self._key, self._revocations, now), now)
        self._heard = Gauge(
            "malha_token_authority_heard_at_seconds", "When the issuer of tokens answered last.", registry=registry
        )

    @property
    def ready(self) -> bool:
        """Whether tokens can be checked."""
        return self._ready

    async def keep_current(self) -> None:
        """Asks until cancelled."""
        try:
            while True:
                await self.refresh()
                self._tried.set()
                self._wake.clear()
                await self._pause(_INTERVAL if self._ready else _FIRST_INTERVAL)
        finally:
            await self._authority.close()

    async def tried(self) -> None:
        """Returns when the issuer was asked once, whatever came of it.

        Who takes calls only then can let them in at once, unless the issuer is away, as it is while a mesh starts.
        """
        await self._tried.wait()

    async def refresh(self) -> None:
        """Asks once for whatever is due; never raises for what the issuer answers, or does not."""
        try:
            if self._keys_due():
                await self._learn_keys()
            await self._learn_revocations()
        except Exception as error:
            # Whatever it is, the next answer may be good; without one, the last holds.
            if not self._failing:
                _LOG.warning("the issuer of tokens does not answer", error=type(error).__name__, detail=str(error))
            self._failing = True
            return
        if self._failing:
            _LOG.info("the issuer of tokens answers again")
        self._failing, self._ready = False, True
        self._heard.set(self._now())

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    def _key(self, kid: str) -> Ed25519PublicKey | None:
        if not self._ready:
            raise TokenKeysUnavailable
        found = self._keys.get(kid)
        if found is None and self._now() - self._keys_at >= _UNKNOWN_KEY_SECONDS:
            self._keys_at = 0.0
            self._wake.set()
        return found

    def _keys_due(self) -> bool:
        return abs(self._now() - self._keys_at) >= _KEYS_SECONDS

    async def _learn_keys(self) -> None:
        fresh = read((await self._authority.keys()).keys)
        if not self._keys.keys() <= fresh.keys():
            self.tokens.forget()
        self._keys, self._keys_at = fresh, self._now()

    async def _learn_revocations(self) -> None:
        more = True
        while more:
            answer = await self._authority.revocations(self._number)
            self._revocations.add(answer.revocations)
            if answer.revocations:
                self.tokens.forget(self._may_be_taken_back)
            self._number, more = answer.next_number, answer.more
        self._revocations.forget(self._now())

    def _may_be_taken_back(self, principal: Principal) -> bool:
        return self._revocations.concern(principal.token_id, principal.subject, principal.tenant, 0.0)
