"""A span for each statement and each commit, beneath the span of the call that needs it."""

import re
from typing import Any

from opentelemetry.trace import Span
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection

from services.runtime import spans

_TARGET = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+([\w.\"]+)", re.IGNORECASE)
_LONGEST = 1_024
_KEY = "malha_spans"
_SYSTEM: dict[str, str | int] = {"db.system.name": "postgresql"}


def trace_statements(engine: AsyncEngine) -> None:
    """Makes the spans of an engine's statements. They hold the statement's text, whose values are placeholders."""
    event.listen(engine.sync_engine, "before_cursor_execute", _before)
    event.listen(engine.sync_engine, "after_cursor_execute", _after)
    event.listen(engine.sync_engine, "handle_error", _failed)
    # What is durable is decided here, so it is often the slowest; there is an event before it, and none after.
    dialect = engine.sync_engine.dialect
    commit = dialect.do_commit

    def traced(dbapi_connection: PoolProxiedConnection) -> None:
        with spans.asking("COMMIT", {**_SYSTEM, "db.operation.name": "COMMIT"}):
            commit(dbapi_connection)

    dialect.do_commit = traced  # type: ignore[method-assign]


def _before(connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    operation = statement.lstrip().partition(" ")[0].upper()
    target = _TARGET.search(statement, 0, _LONGEST)
    name = f"{operation} {target[1]}" if target else operation
    span = spans.start(
        name,
        {**_SYSTEM, "db.operation.name": operation, "db.query.text": statement[:_LONGEST]},
    )
    if span is not None:
        _running(connection).append(span)


def _after(connection: Any, _cursor: Any, _statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    if running := _running(connection):
        spans.end(running.pop())


def _failed(context: Any) -> None:
    # Without a connection it was the connecting that failed, for which there is no span.
    if context.connection is not None and (running := _running(context.connection)):
        spans.end(running.pop(), context.original_exception)


def _running(connection: Any) -> list[Span]:
    found: list[Span] = connection.info.setdefault(_KEY, [])
    return found
