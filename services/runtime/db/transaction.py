"""One transaction, owned."""

from types import TracebackType
from typing import Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction


class Transaction:
    """A transaction that is rolled back unless `commit` is called.

    It belongs to no tenant, so it sees and writes no tenant's rows: see `UnitOfWork`, which does.

    Usage::

        async with Transaction(engine) as work:
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
            raise RuntimeError("a transaction has a connection only inside its block")
        return self._connection

    async def commit(self) -> None:
        """Makes everything done so far durable. The transaction takes nothing more afterwards."""
        if self._transaction is None:
            raise RuntimeError("a transaction commits only inside its block, once")
        transaction, self._transaction = self._transaction, None
        await transaction.commit()

    async def _begun(self, connection: AsyncConnection) -> None:
        """What every transaction of this kind begins with."""

    async def __aenter__(self) -> Self:
        self._connection = await self._engine.connect()
        try:
            self._transaction = await self._connection.begin()
            await self._begun(self._connection)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
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
