"""The table of a ledger: as SQLAlchemy knows it, and as migrations make it."""

from sqlalchemy import Column, DateTime, LargeBinary, MetaData, Table, Text, func
from sqlalchemy.dialects.postgresql import UUID

# A service's migration runs these in its own schema; a change of the table is a new pair, so that this one stays true.
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


def ledger_table(metadata: MetaData) -> Table:
    """The table `requests` of the service whose tables `metadata` describes."""
    return Table(
        "requests",
        metadata,
        # Whose request ids these are: two owners may use the same id and never see each other's answers.
        Column("owner", Text, primary_key=True),
        Column("request_id", UUID(as_uuid=True), primary_key=True),
        Column("digest", LargeBinary, nullable=False),
        Column("answer", LargeBinary, nullable=False),
        Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
