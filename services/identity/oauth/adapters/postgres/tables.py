"""The tables of the tokens' area, in the schema `identity`.

Sessions and refresh tokens belong to a tenant, and so do logins of devices once somebody has proved to be somebody.
What comes before anybody knows the tenant is found by the hash of a secret (`services.identity.shown`). Signing keys
and revocations belong to the mesh.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Interval,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

metadata = MetaData(schema="identity")

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("private_key", LargeBinary, nullable=False),
    Column("active_time", DateTime(timezone=True), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("client", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("methods", ARRAY(Text), nullable=False),
    Column("authenticated", DateTime(timezone=True), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    # Null: everything that the subject may do.
    Column("scopes", ARRAY(Text)),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Column("revoke_time", DateTime(timezone=True)),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Column("use_time", DateTime(timezone=True)),
)

device_logins = Table(
    "device_logins",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("user_code", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("scope", ARRAY(Text)),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("expire_time", DateTime(timezone=True), nullable=False),
    Column("poll_interval", Interval, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("last_poll", DateTime(timezone=True)),
    Column("ticket", LargeBinary),
    # Of whoever decides, once somebody has proved to be somebody.
    Column("tenant", Text),
    Column("subject", Text),
    Column("methods", ARRAY(Text)),
    Column("authenticated", DateTime(timezone=True)),
    Column("epoch", BigInteger),
    Column("scopes", ARRAY(Text)),
)
