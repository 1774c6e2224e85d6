"""Counters and requests belong to tenants; what was there belongs to that of unguarded servers.

Revision ID: 0002
"""

from alembic import op

from services.runtime.db.row_security import isolate
from services.runtime.idempotency.schema import give_ledger_tenants

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BEFORE = "local"


def upgrade() -> None:
    """Put the tenant first in every key, and close the tables to other tenants."""
    op.execute(f"ALTER TABLE testing.counters ADD COLUMN tenant text NOT NULL DEFAULT '{_BEFORE}'")
    op.execute("ALTER TABLE testing.counters ALTER COLUMN tenant DROP DEFAULT")
    op.execute("ALTER TABLE testing.counters DROP CONSTRAINT counters_pkey")
    op.execute("ALTER TABLE testing.counters ADD PRIMARY KEY (tenant, name)")
    for statement in (*isolate("testing.counters"), *give_ledger_tenants("testing", _BEFORE)):
        op.execute(statement)


def downgrade() -> None:
    """Refused: without tenants their names would clash."""
    raise NotImplementedError("tenants cannot be taken back")
