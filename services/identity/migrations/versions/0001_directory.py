"""Tenants, those who are in them, what they may do, and how they prove to be themselves.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from services.runtime.db.row_security import isolate
from services.runtime.idempotency.schema import DROP_LEDGER_V1, create_ledger

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TENANT = "tenant text NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE"
_TIMES = "create_time timestamptz NOT NULL, update_time timestamptz NOT NULL"

# What is about no single tenant: who is a customer, and who tried in vain to get in. `key_prefixes` says whose tenant
# an API key is of, before anything is known of the one who shows it.
_OPEN_TABLES = (
    f"""
    CREATE TABLE identity.tenants (
        id text PRIMARY KEY,
        display_name text NOT NULL,
        tier text NOT NULL,
        disabled boolean NOT NULL,
        {_TIMES}
    )
    """,
    """
    CREATE TABLE identity.key_prefixes (
        prefix text PRIMARY KEY,
        tenant text NOT NULL REFERENCES identity.tenants (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE identity.attempts (
        key bytea PRIMARY KEY,
        failures integer NOT NULL,
        last_failure timestamptz NOT NULL,
        locked_until timestamptz NOT NULL
    )
    """,
    "CREATE INDEX attempts_oldest ON identity.attempts (last_failure)",
)

_TENANT_TABLES = {
    "users": f"""
    CREATE TABLE identity.users (
        {_TENANT},
        id uuid NOT NULL,
        username text NOT NULL,
        display_name text NOT NULL,
        email text NOT NULL,
        password_hash text NOT NULL,
        password_expire_time timestamptz,
        must_change_password boolean NOT NULL,
        disabled boolean NOT NULL,
        epoch integer NOT NULL,
        {_TIMES},
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, username)
    )
    """,
    "service_accounts": f"""
    CREATE TABLE identity.service_accounts (
        {_TENANT},
        id uuid NOT NULL,
        account text NOT NULL,
        display_name text NOT NULL,
        disabled boolean NOT NULL,
        tier text,
        epoch integer NOT NULL,
        {_TIMES},
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, account)
    )
    """,
    "roles": f"""
    CREATE TABLE identity.roles (
        {_TENANT},
        id text NOT NULL,
        display_name text NOT NULL,
        description text NOT NULL,
        permissions text[] NOT NULL,
        revision integer NOT NULL,
        {_TIMES},
        PRIMARY KEY (tenant, id)
    )
    """,
    "role_bindings": f"""
    CREATE TABLE identity.role_bindings (
        {_TENANT},
        id uuid NOT NULL,
        subject text NOT NULL,
        role text NOT NULL,
        not_before timestamptz,
        not_after timestamptz,
        networks text[] NOT NULL,
        second_factor boolean NOT NULL,
        create_time timestamptz NOT NULL,
        PRIMARY KEY (tenant, id)
    )
    """,
    "api_keys": f"""
    CREATE TABLE identity.api_keys (
        {_TENANT},
        id uuid NOT NULL,
        owner text NOT NULL,
        prefix text NOT NULL,
        digest bytea NOT NULL,
        display_name text NOT NULL,
        scopes text[],
        create_time timestamptz NOT NULL,
        expire_time timestamptz NOT NULL,
        last_use_time timestamptz,
        revoke_time timestamptz,
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, prefix)
    )
    """,
    "authenticators": f"""
    CREATE TABLE identity.authenticators (
        {_TENANT},
        "user" uuid NOT NULL,
        secret bytea NOT NULL,
        confirmed boolean NOT NULL,
        last_step bigint NOT NULL,
        PRIMARY KEY (tenant, "user"),
        FOREIGN KEY (tenant, "user") REFERENCES identity.users (tenant, id) ON DELETE CASCADE
    )
    """,
    "recovery_codes": f"""
    CREATE TABLE identity.recovery_codes (
        {_TENANT},
        "user" uuid NOT NULL,
        digest bytea NOT NULL,
        PRIMARY KEY (tenant, "user", digest),
        FOREIGN KEY (tenant, "user") REFERENCES identity.users (tenant, id) ON DELETE CASCADE
    )
    """,
}

_INDEXES = (
    "CREATE INDEX role_bindings_subject ON identity.role_bindings (tenant, subject)",
    "CREATE INDEX role_bindings_role ON identity.role_bindings (tenant, role)",
    "CREATE INDEX api_keys_owner ON identity.api_keys (tenant, owner)",
)


def upgrade() -> None:
    """Create the tables as they were at this revision; later revisions change them, this one stays."""
    for statement in (*_OPEN_TABLES, *_TENANT_TABLES.values(), *_INDEXES, *create_ledger("identity")):
        op.execute(statement)
    for table in _TENANT_TABLES:
        for statement in isolate(f"identity.{table}"):
            op.execute(statement)


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.execute(DROP_LEDGER_V1)
    for table in reversed(_TENANT_TABLES):
        op.execute(f"DROP TABLE identity.{table}")
    for table in ("attempts", "key_prefixes", "tenants"):
        op.execute(f"DROP TABLE identity.{table}")
