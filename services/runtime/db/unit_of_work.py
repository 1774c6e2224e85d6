"""One transaction, owned."""

from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction


class UnitOfWork:
    """A transaction that is rolled back unless `commit` is called.

    Usage::

        async with UnitOfWork(engine) as work:
            await work.connection.execute(...)
            await work.commit()
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._transaction: AsyncTransaction | None = None

    @property
    def connection(self) -> AsyncConnection:
        """The connection whose transaction this is; only inside the `async with` block."""
        if self._connection is None:
            raise RuntimeError("a unit of work has a connection only inside its block")
        return self._connection

    async def commit(self) -> None:
        """Makes everything done so far durable. The unit takes nothing more afterwards."""
        if self._transaction is None:
            raise RuntimeError("a unit of work commits only inside its block, once")
        transaction, self._transaction = self._transaction, None
        await transaction.commit()

    async def __aenter__(self) -> Self:
        self._connection = await self._engine.connect()
        try:
            self._transaction = await self._connection.begin()
        except BaseException:
            await self._connection.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        transaction, self._transaction = self._transaction, None
        if connection is None:
            return
        try:
            if transaction is not None:
                await transaction.rollback()
        finally:
            await connection.close()
