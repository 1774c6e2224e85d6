"""Makes a change once for each request id, and answers every repetition as it answered the first time."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog
from google.protobuf.message import Message
from sqlalchemy import BigInteger, Select, Table, and_, bindparam, delete, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db.unit_of_work import UnitOfWork, Upkeep
from services.runtime.exceptions import RequestIdReused, RequestInProgress
from services.runtime.tenancy import Owner, current_owner

_LOG = structlog.get_logger("idempotency")
# Who repeats a request does so within minutes; a day leaves room for an operator who does it by hand.
LIFETIME = timedelta(days=1)
_SWEEP_SECONDS = 600.0
# How many entries one statement removes: it must not hold its locks for long.
_SWEEP_ROWS = 1000


class Request(Protocol):
    """A request message whose contract demands a UUID in `request_id`."""

    request_id: str
    DESCRIPTOR: Any

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...  # noqa: N802 - protobuf's name


Answer = TypeVar("Answer", bound=Message)
Change = Callable[[UnitOfWork], Awaitable[Answer]]


class Ledger:
    """Remembers what each request was answered, in the same transaction as the change it made.

    So a process may die at any moment: either the change and its answer are both there, or neither is. A change that
    fails leaves no entry and may be asked for again. Entries older than `lifetime` are removed while it runs.
    """

    def __init__(self, engine: AsyncEngine, table: Table, lifetime: timedelta = LIFETIME) -> None:
        self._engine = engine
        self._table = table
        self._lifetime = lifetime
        self._task: asyncio.Task[None] | None = None
        self._look = _look(table)
        self._note = insert(table).on_conflict_do_nothing()

    async def once(
        self, request: Request, kind: type[Answer], change: Change[Answer], *, owner: Owner | None = None
    ) -> Answer:
        """The answer of `change`, or the one that the same request got before.

        `change` works in the unit it is given, which is of the owner's tenant, and does not commit; what it does
        elsewhere is not covered. `owner` says whose request ids these are; none: whose call the current one is.

        Raises:
            RequestInProgress: the same request id is being served right now.
            RequestIdReused: the request id came with another request before.
            TokenRequired: the call is made on nobody's behalf.
        """
        owner = owner or current_owner()
        place = {"tenant": owner.tenant, "owner": owner.subject, "request_id": UUID(request.request_id)}
        digest = _digest(request)
        async with UnitOfWork(self._engine, owner.tenant) as work:
            connection = work.connection
            found = (await connection.execute(self._look, {**place, "key": self._lock_key(place)})).one()
            if found.digest is not None:
                return _replay(found.digest, found.answer, digest, kind)
            if not found.free:
                raise RequestInProgress
            answer = await change(work)
            entry = {**place, "digest": digest, "answer": answer.SerializeToString()}
            if not (await connection.execute(self._note, entry)).rowcount:
                # Its twin has committed between our look and our lock, which are one statement and see one moment.
                raise RequestInProgress
            await work.commit()
        return answer

    async def expire(self) -> int:
        """Removes the entries that are older than the lifetime; how many there were."""
        removed = 0
        while True:
            count = await self._remove_some()
            removed += count
            if count < _SWEEP_ROWS:
                return removed

    async def start(self) -> None:
        """Begins to remove old entries from time to time."""
        self._task = asyncio.create_task(self._keep_expiring(), name="ledger")

    async def close(self) -> None:
        """Ends that."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _lock_key(self, place: dict[str, object]) -> int:
        """64 bits of a hash: two requests under way that share it by chance would cost one of them a repetition."""
        name = "\0".join((self._table.fullname, *map(str, place.values())))
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)

    async def _keep_expiring(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                removed = await self.expire()
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                _LOG.warning("old requests stay for now", error=type(error).__name__)
            else:
                _LOG.info("old requests removed", count=removed)

    async def _remove_some(self) -> int:
        columns = self._table.c
        # By the database's clock, which all replicas share. What another replica is removing is skipped.
        key = (columns.tenant, columns.owner, columns.request_id)
        old = (
            select(*key)
            .where(columns.create_time < func.now() - self._lifetime)
            .limit(_SWEEP_ROWS)
            .with_for_update(skip_locked=True)
        )
        async with Upkeep(self._engine) as work:
            done = await work.connection.execute(delete(self._table).where(tuple_(*key).in_(old)))
            await work.commit()
            return int(done.rowcount)


def _look(table: Table) -> Select[Any]:
    """Takes the lock of a request until the end of the transaction, if it is `free`, and reads its entry, if any.

    One statement, built once: most of the price of a ledger is what lies between the service and the database.
    """
    columns = table.c
    one = select(literal(1)).subquery()
    place = and_(*(column == bindparam(column.name) for column in (columns.tenant, columns.owner, columns.request_id)))
    free = func.pg_try_advisory_xact_lock(bindparam("key", type_=BigInteger)).label("free")
    return select(free, columns.digest, columns.answer).select_from(one.outerjoin(table, place))


def _digest(request: Request) -> bytes:
    """What makes two requests the same: their type, and everything they say."""
    name = request.DESCRIPTOR.full_name
    return hashlib.sha256(name.encode() + b"\0" + request.SerializeToString(deterministic=True)).digest()


def _replay(known: bytes, answer: bytes, digest: bytes, kind: type[Answer]) -> Answer:
    if known != digest:
        raise RequestIdReused
    return kind.FromString(answer)
