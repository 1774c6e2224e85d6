"""A transaction on behalf of one tenant, and one that tidies up behind all of them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.runtime.db.transaction import Transaction
from services.runtime.exceptions import TokenRequired

# Both last until the end of the transaction, so that a connection goes back to its pool without them.
_SET_TENANT = text("SELECT set_config('malha.tenant', :tenant, true)")
_SET_UPKEEP = text("SELECT set_config('malha.upkeep', 'on', true)")


class UnitOfWork(Transaction):
    """A transaction that sees and writes the rows of one tenant.

    Repositories of what belongs to tenants are built from it, so that none can be built without one: they name the
    tenant in every statement, and PostgreSQL refuses them the rows of all others (`services.runtime.db.row_security`).
    """

    def __init__(self, engine: AsyncEngine, tenant: str) -> None:
        """Nothing connects before the block is entered.

        Raises:
            TokenRequired: `tenant` is empty, as it is for a workload that acts on its own behalf, and for nobody.
        """
        if not tenant:
            raise TokenRequired
        super().__init__(engine)
        self.tenant = tenant
        """The tenant's id."""

    async def _begun(self, connection: AsyncConnection) -> None:
        await connection.execute(_SET_TENANT, {"tenant": self.tenant})


class Upkeep(Transaction):
    """A transaction that may read and delete the rows of every tenant, in those tables only that grant it to upkeep.

    For what removes old entries; never on behalf of a caller.
    """

    async def _begun(self, connection: AsyncConnection) -> None:
        await connection.execute(_SET_UPKEEP)
