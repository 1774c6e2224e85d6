"""The table of a ledger: as SQLAlchemy knows it, and as migrations make it."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import UUID

from services.runtime.db.row_security import isolate

# What the first migrations ran, when there were no tenants; `give_ledger_tenants` brings such a table up to date.
CREATE_LEDGER_V1 = (
    """
    CREATE TABLE requests (
        owner text NOT NULL,
        request_id uuid NOT NULL,
        digest bytea NOT NULL,
        answer bytea NOT NULL,
        create_time timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, request_id)
    )
    """,
    "CREATE INDEX requests_oldest ON requests (create_time)",
)
DROP_LEDGER_V1 = "DROP TABLE requests"


def create_ledger(schema: str) -> tuple[str, ...]:
    """The statements that make the table for the requests of all tenants; a service's migration runs them."""
    table = f"{schema}.requests"
    return (
        f"""
        CREATE TABLE {table} (
            tenant text NOT NULL,
            owner text NOT NULL,
            request_id uuid NOT NULL,
            digest bytea NOT NULL,
            answer bytea NOT NULL,
            create_time timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (tenant, owner, request_id)
        )
        """,
        f"CREATE INDEX requests_oldest ON {table} (create_time)",
        *isolate(table, upkeep=True),
    )


def give_ledger_tenants(schema: str, tenant: str) -> tuple[str, ...]:
    """The statements that make a table of `CREATE_LEDGER_V1` one for all tenants; its entries become `tenant`'s."""
    table = f"{schema}.requests"
    return (
        f"ALTER TABLE {table} ADD COLUMN tenant text NOT NULL DEFAULT '{tenant}'",
        f"ALTER TABLE {table} ALTER COLUMN tenant DROP DEFAULT",
        f"ALTER TABLE {table} DROP CONSTRAINT requests_pkey",
        f"ALTER TABLE {table} ADD PRIMARY KEY (tenant, owner, request_id)",
        *isolate(table, upkeep=True),
    )


def ledger_table(metadata: MetaData) -> Table:
    """The table `requests` of the service whose tables `metadata` describes."""
    return Table(
        "requests",
        metadata,
        # Whose request ids these are: two owners may use the same id and never see each other's answers.
        Column("tenant", Text, primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("request_id", UUID(as_uuid=True), primary_key=True),
        Column("digest", LargeBinary, nullable=False),
        Column("answer", LargeBinary, nullable=False),
        Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
