"""Tells a dependency that does not answer from a fault of ours."""

import asyncio

import asyncpg
import redis.exceptions
import sqlalchemy.exc

# SQLSTATE classes and codes that pass by themselves: connection lost, out of resources, operator intervention (a
# cancelled statement and a shutdown among them), lock not available, serialisation failure, deadlock, read-only, a
# transaction that the server ended because this process was stopped in the middle.
_PASSING_CLASSES = ("08", "53", "57", "58")
_PASSING_CODES = frozenset({"55P03", "40001", "40P01", "25006", "25P03"})
_NO_ANSWER = (ConnectionError, TimeoutError, asyncio.IncompleteReadError)


def failed_dependency(error: BaseException) -> str | None:
    """The name of the dependency whose failure `error` reports, or None when it reports something else."""
    if isinstance(error, sqlalchemy.exc.SQLAlchemyError):
        return "database" if _database_does_not_answer(error) else None
    # A connection that is lost between two messages of one statement; SQLAlchemy hands it on as it is.
    if isinstance(error, asyncpg.InternalClientError):
        return "database"
    if isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return "redis"
    # A timeout that nobody translated belongs to whatever was awaited. Note: it is an OSError in Python.
    if isinstance(error, _NO_ANSWER):
        return "dependency"
    return None


def _database_does_not_answer(error: sqlalchemy.exc.SQLAlchemyError) -> bool:
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return True
    if not isinstance(error, sqlalchemy.exc.DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error, sqlalchemy.exc.InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if isinstance(state, str):
        return state in _PASSING_CODES or state[:2] in _PASSING_CLASSES
    return isinstance(error, sqlalchemy.exc.OperationalError)
