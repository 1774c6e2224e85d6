"""PostgreSQL: the engine, transactions and units of work, the health check and the migrations."""

from services.runtime.db.engine import check, make_engine
from services.runtime.db.migrations import migrate
from services.runtime.db.transaction import Transaction
from services.runtime.db.unit_of_work import UnitOfWork, Upkeep

__all__ = ["Transaction", "UnitOfWork", "Upkeep", "check", "make_engine", "migrate"]
