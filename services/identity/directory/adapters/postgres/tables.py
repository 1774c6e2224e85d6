"""The tables of the directory, in the schema `identity`.

Every table whose key begins with `tenant` shows its rows to a transaction of that tenant only (row-level security).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.runtime.idempotency import ledger_table

SCHEMA = "identity"

metadata = MetaData(schema=SCHEMA)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


tenants = Table(
    "tenants",
    metadata,
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    _time("create_time"),
    _time("update_time"),
)

# Whose tenant an API key is of, for whoever shows its prefix (`services.identity.shown`).
key_prefixes = Table(
    "key_prefixes",
    metadata,
    Column("prefix", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    _time("last_failure"),
    _time("locked_until"),
)

users = Table(
    "users",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("username", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    _time("password_expire_time", nullable=True),
    Column("must_change_password", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    _time("create_time"),
    _time("update_time"),
)

service_accounts = Table(
    "service_accounts",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("account", Text, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    # Its own tier; null means its tenant's.
    Column("tier", Text),
    Column("epoch", Integer, nullable=False),
    _time("create_time"),
    _time("update_time"),
)

roles = Table(
    "roles",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("revision", Integer, nullable=False),
    _time("create_time"),
    _time("update_time"),
)

role_bindings = Table(
    "role_bindings",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("role", Text, nullable=False),
    _time("not_before", nullable=True),
    _time("not_after", nullable=True),
    Column("networks", ARRAY(Text), nullable=False),
    Column("second_factor", Boolean, nullable=False),
    _time("create_time"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("id", UUID(as_uuid=True), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("display_name", Text, nullable=False),
    # Null means everything that the owner may do.
    Column("scopes", ARRAY(Text)),
    _time("create_time"),
    _time("expire_time"),
    _time("last_use_time", nullable=True),
    _time("revoke_time", nullable=True),
)

authenticators = Table(
    "authenticators",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("user", UUID(as_uuid=True), primary_key=True),
    # Sealed by `services.runtime.secrets`.
    Column("secret", LargeBinary, nullable=False),
    Column("confirmed", Boolean, nullable=False),
    Column("last_step", BigInteger, nullable=False),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("user", UUID(as_uuid=True), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
)

requests = ledger_table(metadata)
