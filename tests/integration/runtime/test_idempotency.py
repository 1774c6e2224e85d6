"""A change is made once for each request id: rows 31 and 40 of the fault matrix, on a real PostgreSQL."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from malha.testing.v1 import counter_service_pb2 as pb
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db import Transaction, UnitOfWork, make_engine
from services.runtime.errors import ErrorMap
from services.runtime.exceptions import RequestIdReused, RequestInProgress
from services.runtime.idempotency import Ledger
from services.runtime.settings import RuntimeSettings
from services.runtime.tenancy import Owner
from services.testing.postgres import PostgresCounters, migrate
from services.testing.tables import metadata, requests
from tests.support.programs import Database


@pytest.fixture
def settings(database: Database) -> RuntimeSettings:
    return RuntimeSettings(database_url_file=database.service_file)


@pytest.fixture
async def engine(settings: RuntimeSettings, database: Database) -> AsyncIterator[AsyncEngine]:
    """The real schema of the testing service, which has a ledger."""
    await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
    engine = make_engine(settings)
    yield engine
    await engine.dispose()


ANA, RUI = Owner("acme", "users/ana"), Owner("acme", "users/rui")
STRANGER = Owner("umbra", "users/ana")
_IN_TENANT = sa.text("SELECT set_config('malha.tenant', :tenant, true)")


class Counter:
    """A counter of the test's own, behind a ledger."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.name = f"counters/{uuid.uuid4().hex}"
        self.engine = engine
        self.ledger = Ledger(engine, requests)
        self.made = 0

    def request(self, amount: int = 1, request_id: str | None = None) -> pb.IncrementCounterRequest:
        return pb.IncrementCounterRequest(name=self.name, amount=amount, request_id=request_id or str(uuid.uuid4()))

    async def add(self, request: pb.IncrementCounterRequest, owner: Owner = ANA, *, fail: bool = False) -> int:
        async def change(work: UnitOfWork) -> pb.IncrementCounterResponse:
            self.made += 1
            value = await PostgresCounters(work).add(request.name, request.amount)
            if fail:
                raise ValueError("after the change, before the commit")
            return pb.IncrementCounterResponse(value=value)

        return (await self.ledger.once(request, pb.IncrementCounterResponse, change, owner=owner)).value

    async def total(self, owner: Owner = ANA, name: str = "") -> tuple[int, int]:
        async with UnitOfWork(self.engine, owner.tenant) as work:
            return await PostgresCounters(work).get(name or self.name)


@pytest.fixture
def counter(engine: AsyncEngine) -> Counter:
    return Counter(engine)


async def test_a_repetition_gets_the_first_answer_and_changes_nothing(counter: Counter) -> None:
    first = counter.request(3)
    assert await counter.add(first) == 3
    assert await counter.add(counter.request(4)) == 7
    assert await counter.add(first) == 3
    assert (await counter.total(), counter.made) == ((7, 2), 2)


async def test_another_replica_knows_the_answer_too(counter: Counter, settings: RuntimeSettings) -> None:
    first = counter.request(3)
    await counter.add(first)
    other = make_engine(settings)
    sibling = Counter(other)
    assert await sibling.add(first) == 3
    assert sibling.made == 0
    await other.dispose()


async def test_twins_at_once_are_one_change_and_refusals_that_may_be_repeated(counter: Counter) -> None:
    request = counter.request(5)
    outcomes = await asyncio.gather(*(counter.add(request) for _ in range(8)), return_exceptions=True)
    assert {value for value in outcomes if isinstance(value, int)} == {5}
    refusals = [error for error in outcomes if not isinstance(error, int)]
    assert all(isinstance(error, RequestInProgress) for error in refusals)
    failure = ErrorMap().to_failure(RequestInProgress())
    assert (failure.code.name, failure.reason) == ("ABORTED", "REQUEST_IN_PROGRESS")
    assert failure.retry_after is not None
    assert await counter.add(request) == 5
    assert (await counter.total(), counter.made) == ((5, 1), 1)


async def test_a_twin_that_commits_meanwhile_wins(counter: Counter, settings: RuntimeSettings) -> None:
    """What would happen had it committed between the look at the ledger and the lock, a moment nobody can hit."""
    request = counter.request(5)
    other = make_engine(settings)
    sibling = Counter(other)

    async def change(work: UnitOfWork) -> pb.IncrementCounterResponse:
        await PostgresCounters(work).add(f"{request.name}-mine", 1)
        async with other.begin() as meanwhile:
            answer = pb.IncrementCounterResponse(value=5).SerializeToString()
            digest = hashlib.sha256(
                b"malha.testing.v1.IncrementCounterRequest\0" + request.SerializeToString(deterministic=True)
            ).digest()
            place = {"tenant": ANA.tenant, "owner": ANA.subject, "request_id": request.request_id}
            await meanwhile.execute(_IN_TENANT, {"tenant": ANA.tenant})
            await meanwhile.execute(requests.insert().values(place | {"digest": digest, "answer": answer}))
        return pb.IncrementCounterResponse(value=1)

    with pytest.raises(RequestInProgress):
        await counter.ledger.once(request, pb.IncrementCounterResponse, change, owner=ANA)
    assert await counter.total(name=f"{request.name}-mine") == (0, 0)
    assert await sibling.add(request) == 5
    await other.dispose()


@pytest.mark.parametrize("what", ["amount", "kind"])
async def test_a_request_id_belongs_to_one_request(counter: Counter, what: str) -> None:
    request = counter.request(1)
    await counter.add(request)
    with pytest.raises(RequestIdReused):
        if what == "amount":
            await counter.add(counter.request(2, request.request_id))
        else:
            # Another message whose bytes are the same.
            other = pb.GetCounterRequest.FromString(request.SerializeToString())
            other_kind = _Renamed(other, request.request_id)
            await counter.ledger.once(other_kind, pb.IncrementCounterResponse, _never, owner=ANA)
    assert await counter.total() == (1, 1)


async def test_a_change_that_fails_is_undone_and_may_be_asked_for_again(counter: Counter) -> None:
    request = counter.request(2)
    with pytest.raises(ValueError, match="before the commit"):
        await counter.add(request, fail=True)
    assert await counter.total() == (0, 0)
    assert await counter.add(request) == 2


async def test_a_change_that_is_cancelled_is_undone_and_frees_its_request_id(counter: Counter) -> None:
    request, begun = counter.request(2), asyncio.Event()

    async def change(work: UnitOfWork) -> pb.IncrementCounterResponse:
        await PostgresCounters(work).add(request.name, request.amount)
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    task = asyncio.create_task(counter.ledger.once(request, pb.IncrementCounterResponse, change, owner=ANA))
    await begun.wait()
    with pytest.raises(RequestInProgress):
        await counter.add(request)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await counter.add(request) == 2


async def test_owners_do_not_see_each_others_requests(counter: Counter) -> None:
    request = counter.request(2)
    assert await counter.add(request, ANA) == 2
    assert await counter.add(request, RUI) == 4
    assert await counter.add(request, STRANGER) == 2
    assert await counter.add(request, ANA) == 2
    assert (await counter.total(ANA), await counter.total(STRANGER)) == ((4, 2), (2, 1))


async def test_old_entries_are_removed_and_young_ones_stay(counter: Counter, engine: AsyncEngine) -> None:
    old, young = counter.request(1), counter.request(1)
    await counter.add(old)
    await counter.add(young)
    ids = requests.c.request_id
    async with UnitOfWork(engine, ANA.tenant) as work:
        moved = requests.update().where(ids == uuid.UUID(old.request_id))
        await work.connection.execute(moved.values(create_time=sa.func.now() - timedelta(days=2)))
        await work.commit()
    assert await counter.ledger.expire() >= 1
    async with UnitOfWork(engine, ANA.tenant) as work:
        left = set((await work.connection.scalars(sa.select(ids))).all())
    assert uuid.UUID(young.request_id) in left
    assert uuid.UUID(old.request_id) not in left


async def test_a_frozen_holder_frees_its_locks_before_others_tire_of_waiting(counter: Counter) -> None:
    request, begun = counter.request(2), asyncio.Event()

    async def freeze(work: UnitOfWork) -> pb.IncrementCounterResponse:
        await PostgresCounters(work).add(request.name, request.amount)
        begun.set()
        await asyncio.Event().wait()  # as a stopped process would: a transaction in the middle of nowhere
        raise AssertionError

    frozen = asyncio.create_task(counter.ledger.once(request, pb.IncrementCounterResponse, freeze, owner=ANA))
    await begun.wait()
    since = time.monotonic()
    assert await counter.add(counter.request(3)) == 3
    assert await counter.add(request) == 5
    assert time.monotonic() - since < 2.0
    frozen.cancel()
    await asyncio.gather(frozen, return_exceptions=True)
    assert await counter.total() == (5, 2)


async def test_the_migration_makes_the_table_that_the_code_knows(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda c: sa.inspect(c).get_columns("requests", schema=metadata.schema))
        index = await connection.run_sync(lambda c: sa.inspect(c).get_indexes("requests", schema=metadata.schema))
    assert {column["name"]: column["nullable"] for column in found} == {c.name: c.nullable for c in requests.columns}
    assert [entry["column_names"] for entry in index] == [["create_time"]]


async def test_a_unit_that_wrote_no_answer_left_no_lock(counter: Counter, engine: AsyncEngine) -> None:
    request = counter.request(1)
    with pytest.raises(ValueError, match="commit"):
        await counter.add(request, fail=True)
    async with Transaction(engine) as work:
        held = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert await work.connection.scalar(held) == 0


class _Renamed:
    """A request of another type with the same request id."""

    def __init__(self, message: pb.GetCounterRequest, request_id: str) -> None:
        self.DESCRIPTOR = message.DESCRIPTOR
        self.request_id = request_id
        self._message = message

    def SerializeToString(self, *, deterministic: bool = False) -> bytes:
        return self._message.SerializeToString(deterministic=deterministic)


async def _never(work: UnitOfWork) -> pb.IncrementCounterResponse:
    raise AssertionError("the change of a refused request")
