"""Keep signing keys: always one in use, the next one published in time, none for longer than needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from services.identity.oauth.domain.keys import KeyPolicy, SigningKey, in_order, plan, signer
from services.identity.oauth.ports import KeyChest, KeyStore, Signer
from services.runtime.clock import Clock
from services.runtime.exceptions import DependencyUnavailable

_LOG = structlog.get_logger("signing_keys")


@dataclass(frozen=True, slots=True)
class _Change:
    add: tuple[SigningKey, ...] = ()
    drop: tuple[str, ...] = ()
    reseal: Mapping[str, bytes] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.add or self.drop or self.reseal)


class KeepKeys:
    """Holds the keys in memory, and looks after them in the store.

    Between two looks nothing has to be asked: what signs at a moment follows from the keys and the time, and a key is
    known long before it signs.
    """

    def __init__(self, store: KeyStore, chest: KeyChest, clock: Clock, policy: KeyPolicy) -> None:
        self._store = store
        self._chest = chest
        self._clock = clock
        self._policy = policy
        self._keys: tuple[SigningKey, ...] = ()
        self._signers: dict[str, Signer] = {}

    async def look(self) -> None:
        """Reads the keys, and changes what has to be changed by now."""
        keys = await self._store.load()
        if self._change(keys):
            await self._store.change(self._change)
            keys = await self._store.load()
        self._signers = self._opened(keys)
        self._keys = in_order(keys)

    async def keep_looking(self, seconds: float, retry_seconds: float) -> None:
        """Looks every `seconds`, and every `retry_seconds` while that fails; never ends by itself."""
        while True:
            try:
                await self.look()
            except Exception as error:
                _LOG.warning("signing keys not renewed", error=type(error).__name__)
                await asyncio.sleep(retry_seconds)
            else:
                await asyncio.sleep(seconds)

    async def check(self) -> None:
        """Returns when something can be signed; raises DependencyUnavailable otherwise."""
        self.signer()

    def signer(self) -> Signer:
        """What signs now; raises DependencyUnavailable."""
        key = signer([key for key in self._keys if key.id in self._signers], self._clock.now())
        if key is None:
            raise DependencyUnavailable("signing key")
        return self._signers[key.id]

    def published(self) -> tuple[SigningKey, ...]:
        """The keys that others check tokens with; raises DependencyUnavailable while none is known."""
        if not self._keys:
            raise DependencyUnavailable("signing key")
        return self._keys

    def public(self, key: str) -> bytes | None:
        """The public half of a published key."""
        return next((known.public for known in self._keys if known.id == key), None)

    def _change(self, keys: tuple[SigningKey, ...]) -> _Change:
        usable = frozenset(self._opened(keys))
        todo = plan(keys, usable, self._clock.now(), self._policy)
        if lost := [key.id for key in keys if key.id not in usable]:
            _LOG.error("signing keys do not open", keys=lost)
        fresh = () if todo.next_active is None else (self._chest.make(todo.next_active),)
        resealed = {key.id: sealed for key in keys if (sealed := self._chest.renewed(key)) and key.id not in todo.drop}
        return _Change(fresh, todo.drop, resealed)

    def _opened(self, keys: tuple[SigningKey, ...]) -> dict[str, Signer]:
        found: dict[str, Signer] = {}
        for key in keys:
            opened = self._signers.get(key.id) or self._chest.signer(key)
            if opened is not None:
                found[key.id] = opened
        return found
