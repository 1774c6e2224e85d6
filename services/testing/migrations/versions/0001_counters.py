"""Counters, and the ledger of the requests that changed them.

Revision ID: 0001
"""

from alembic import op

from services.runtime.idempotency.schema import CREATE_LEDGER_V1, DROP_LEDGER_V1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables as they were at this revision; later revisions change them, this one stays."""
    op.execute("CREATE TABLE testing.counters (name text PRIMARY KEY, value bigint NOT NULL, changes bigint NOT NULL)")
    for statement in CREATE_LEDGER_V1:
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.execute(DROP_LEDGER_V1)
    op.execute("DROP TABLE testing.counters")
