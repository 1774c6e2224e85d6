"""The log's entries, as `services.runtime.audit` makes them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, LargeBinary, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import UUID

_TEXTS = (
    "method", "action", "resource", "decision", "reason", "kind", "subject", "client", "caller", "network",
    "request_id", "trace_id", "details",
)  # fmt: skip

entries = Table(
    "entries",
    MetaData(schema="audit"),
    Column("tenant", Text, primary_key=True),
    Column("strand", SmallInteger, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("time", DateTime(timezone=True), primary_key=True),
    Column("id", UUID(as_uuid=True), nullable=False),
    *(Column(name, Text, nullable=False) for name in _TEXTS),
    Column("hash", LargeBinary, nullable=False),
)
