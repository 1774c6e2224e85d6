"""The table of revocations, and of sessions what a change needs that ends all but one."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, SmallInteger, Table, Text, column, table

revocations = Table(
    "revocations",
    MetaData(schema="identity"),
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("target", Text, nullable=False),
    Column("revoke_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Column("kept", Text, nullable=False, server_default=""),
)

# The rest of it is known to the tokens' area.
sessions = table(
    "sessions",
    column("tenant"),
    column("id"),
    column("subject"),
    column("epoch"),
    column("revoke_time"),
    schema="identity",
)
