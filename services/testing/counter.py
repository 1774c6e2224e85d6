"""The CounterService: counts, exactly once for each request id."""

from typing import Any

from malha.testing.v1 import counter_service_pb2 as pb
from malha.testing.v1 import counter_service_pb2_grpc as pb_grpc
from sqlalchemy.ext.asyncio import AsyncEngine

from services.runtime.db import UnitOfWork
from services.runtime.idempotency import Ledger
from services.runtime.tenancy import current_owner
from services.testing.postgres import PostgresCounters


class CounterServicer(pb_grpc.CounterServiceServicer):
    """Counters in PostgreSQL, changed through the ledger."""

    def __init__(self, engine: AsyncEngine, ledger: Ledger) -> None:
        self._engine = engine
        self._ledger = ledger

    async def IncrementCounter(self, request: pb.IncrementCounterRequest, context: Any) -> pb.IncrementCounterResponse:
        """Adds to a counter, once for each request id."""

        async def change(work: UnitOfWork) -> pb.IncrementCounterResponse:
            return pb.IncrementCounterResponse(value=await PostgresCounters(work).add(request.name, request.amount))

        return await self._ledger.once(request, pb.IncrementCounterResponse, change)

    async def GetCounter(self, request: pb.GetCounterRequest, context: Any) -> pb.GetCounterResponse:
        """Reads a counter."""
        async with UnitOfWork(self._engine, current_owner().tenant) as work:
            value, changes = await PostgresCounters(work).get(request.name)
        return pb.GetCounterResponse(value=value, changes=changes)
