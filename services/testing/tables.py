"""The tables of the testing service, in the schema `testing`."""

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

from services.runtime.idempotency import ledger_table

SCHEMA = "testing"

metadata = MetaData(schema=SCHEMA)

counters = Table(
    "counters",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("changes", BigInteger, nullable=False),
)

requests = ledger_table(metadata)
