"""The CounterService: counts, exactly once for each request id."""

from typing import Any

from malha.testing.v1 import counter_service_pb2 as pb
from malha.testing.v1 import counter_service_pb2_grpc as pb_grpc
from sqlalchemy.ext.asyncio import AsyncConnection

from services.runtime.idempotency import Ledger
from services.testing.postgres import PostgresCounters


class CounterServicer(pb_grpc.CounterServiceServicer):
    """Counters in PostgreSQL, changed through the ledger."""

    def __init__(self, counters: PostgresCounters, ledger: Ledger) -> None:
        self._counters = counters
        self._ledger = ledger

    async def IncrementCounter(self, request: pb.IncrementCounterRequest, context: Any) -> pb.IncrementCounterResponse:
        """Adds to a counter, once for each request id."""

        async def change(connection: AsyncConnection) -> pb.IncrementCounterResponse:
            value = await self._counters.add(connection, request.name, request.amount)
            return pb.IncrementCounterResponse(value=value)

        return await self._ledger.once(request, pb.IncrementCounterResponse, change)

    async def GetCounter(self, request: pb.GetCounterRequest, context: Any) -> pb.GetCounterResponse:
        """Reads a counter."""
        value, changes = await self._counters.get(request.name)
        return pb.GetCounterResponse(value=value, changes=changes)
