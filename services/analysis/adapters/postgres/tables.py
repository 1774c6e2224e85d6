"""The tables of the analysis service, in the schema `analysis`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.runtime.idempotency import ledger_table

SCHEMA = "analysis"

metadata = MetaData(schema=SCHEMA)

# Findings and metrics, encoded, once for each tenant x content x options x analyser version: a source that is analysed
# again adds a row to `reports` and none here.
payloads = Table(
    "payloads",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", UUID(as_uuid=True), primary_key=True),
    # Who made it; empty for what is older than tenants.
    Column("creator", Text, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("parent", UUID(as_uuid=True)),
    Column("path", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("analyser_version", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("files", Integer, nullable=False),
    Column("failed_files", Integer, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("code_lines", BigInteger, nullable=False),
    Column("findings", Integer, nullable=False),
    # Counts by the number of the severity and of the category in the contract, from 1.
    Column("by_severity", ARRAY(Integer), nullable=False),
    Column("by_category", ARRAY(Integer), nullable=False),
    Column("safe_fixes", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("total_seconds", Float, nullable=False),
    Column("queued_seconds", Float, nullable=False),
    Column("analysing_seconds", Float, nullable=False),
    Column("cached", Boolean, nullable=False),
    Column("payload", LargeBinary),
    Column("request_id", UUID(as_uuid=True), nullable=False),
    Column("request_item", Integer, nullable=False),
    Column("request_digest", LargeBinary, nullable=False),
    UniqueConstraint("tenant", "creator", "request_id", "request_item", name="reports_request"),
    Index("reports_newest", "tenant", "create_time", "id"),
    Index("reports_own", "tenant", "creator", "create_time", "id"),
    Index("reports_parent", "tenant", "parent"),
    Index("reports_content", "tenant", "content_sha256"),
)

report_shares = Table(
    "report_shares",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("report", UUID(as_uuid=True), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Index("report_shares_subject", "tenant", "subject", "report"),
)

requests = ledger_table(metadata)
