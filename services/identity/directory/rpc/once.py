"""Changes that are made once for each request id and leave an entry in the audit log, also where request or answer hold
what nobody may read later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import BytesValue

from services.identity.directory.adapters.postgres.units import PostgresUnits
from services.identity.directory.ports import Unit
from services.identity.directory.rpc.trail import leave
from services.runtime import audit
from services.runtime.db import UnitOfWork
from services.runtime.idempotency import Ledger
from services.runtime.secrets import Place, Vault
from services.runtime.tenancy import current_owner

Answer = TypeVar("Answer", bound=Message)
Change = Callable[[Unit], Awaitable[Answer]]


class Once:
    """The ledger of the directory's changes."""

    def __init__(self, ledger: Ledger, units: PostgresUnits, vault: Vault) -> None:
        self._ledger = ledger
        self._units = units
        self._vault = vault

    async def __call__(self, request: Any, kind: type[Answer], change: Change[Answer]) -> Answer:
        """The answer of `change`, or the one that the same request got before; see `Ledger.once`."""

        async def run(work: UnitOfWork) -> Answer:
            answer = await change(self._units.within(work))
            await leave(work, request, answer)
            return answer

        answer = await self._ledger.once(request, kind, run)
        audit.noted()  # a repetition changed nothing
        return answer

    async def secretly(self, request: Any, kind: type[Answer], change: Change[Answer]) -> Answer:
        """The same for requests and answers that hold passwords and keys: the answer is kept sealed, and of the request
        no hash that one could try guesses on."""
        owner = current_owner()
        place = Place("identity.requests", "answer", f"{owner.tenant}/{owner.subject}/{request.request_id}")

        async def run(work: UnitOfWork) -> BytesValue:
            answer = await change(self._units.within(work))
            await leave(work, request, answer)
            return BytesValue(value=self._vault.seal(answer.SerializeToString(), place))

        kept = await self._ledger.once(_Veiled(request, self._vault), BytesValue, run)
        audit.noted()
        return kind.FromString(self._vault.open(kept.value, place))

    async def answered_secretly(self, request: Any, kind: type[Answer]) -> Answer | None:
        """What `secretly` answered the same request before; None if it did not.

        For whoever asks for a proof first: one that was good once, and is not any more, is no failure to get in.
        """

        async def nothing(unit: Unit) -> Answer:
            raise _NeverAnswered

        with suppress(_NeverAnswered):
            return await self.secretly(request, kind, nothing)
        return None


class _NeverAnswered(Exception):
    """A request came for the first time."""


class _Veiled:
    """A request of which the ledger sees a hash that cannot be made without the keys."""

    def __init__(self, request: Any, vault: Vault) -> None:
        self.request_id: str = request.request_id
        self.DESCRIPTOR = request.DESCRIPTOR
        self._request = request
        self._vault = vault

    def SerializeToString(self, *, deterministic: bool = False) -> bytes:
        """What stands for the request."""
        return self._vault.digest("request", self._request.SerializeToString(deterministic=deterministic))
