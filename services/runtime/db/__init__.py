"""PostgreSQL: the engine, the unit of work, the health check and the migrations."""

from services.runtime.db.engine import check, make_engine
from services.runtime.db.migrations import migrate
from services.runtime.db.unit_of_work import UnitOfWork

__all__ = ["UnitOfWork", "check", "make_engine", "migrate"]
