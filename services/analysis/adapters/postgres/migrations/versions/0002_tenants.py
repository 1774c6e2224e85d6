"""Reports belong to tenants and to those who made them, who may share them.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

from services.runtime.db.row_security import isolate
from services.runtime.idempotency.schema import create_ledger

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Whose everything is that was there before there were tenants. Nobody made it: only who may see all reports does.
_BEFORE = "default"


def upgrade() -> None:
    """Put the tenant first in every key, and close the tables to other tenants."""
    op.execute("ALTER TABLE analysis.reports DROP CONSTRAINT reports_payload_fkey")
    for table in ("payloads", "reports"):
        op.execute(f"ALTER TABLE analysis.{table} ADD COLUMN tenant text NOT NULL DEFAULT '{_BEFORE}'")
        op.execute(f"ALTER TABLE analysis.{table} ALTER COLUMN tenant DROP DEFAULT")
        op.execute(f"ALTER TABLE analysis.{table} DROP CONSTRAINT {table}_pkey")
    op.execute("ALTER TABLE analysis.reports ADD COLUMN creator text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE analysis.reports ALTER COLUMN creator DROP DEFAULT")
    op.execute("ALTER TABLE analysis.payloads ADD PRIMARY KEY (tenant, key)")
    op.execute("ALTER TABLE analysis.reports ADD PRIMARY KEY (tenant, id)")
    op.execute(
        "ALTER TABLE analysis.reports ADD CONSTRAINT reports_payload "
        "FOREIGN KEY (tenant, payload) REFERENCES analysis.payloads (tenant, key)"
    )
    op.execute("ALTER TABLE analysis.reports DROP CONSTRAINT reports_request")
    op.execute(
        "ALTER TABLE analysis.reports ADD CONSTRAINT reports_request UNIQUE (tenant, creator, request_id, request_item)"
    )
    for name in ("newest", "parent", "content"):
        op.execute(f"DROP INDEX analysis.reports_{name}")
    op.execute("CREATE INDEX reports_newest ON analysis.reports (tenant, create_time, id)")
    op.execute("CREATE INDEX reports_own ON analysis.reports (tenant, creator, create_time, id)")
    op.execute("CREATE INDEX reports_parent ON analysis.reports (tenant, parent) WHERE parent IS NOT NULL")
    op.execute("CREATE INDEX reports_content ON analysis.reports (tenant, content_sha256)")
    op.execute(
        """
        CREATE TABLE analysis.report_shares (
            tenant text NOT NULL,
            report uuid NOT NULL,
            subject text NOT NULL,
            creator text NOT NULL,
            create_time timestamptz NOT NULL,
            PRIMARY KEY (tenant, report, subject),
            FOREIGN KEY (tenant, report) REFERENCES analysis.reports (tenant, id) ON DELETE CASCADE
        )
        """
    )
    op.execute("CREATE INDEX report_shares_subject ON analysis.report_shares (tenant, subject, report)")
    for table in ("payloads", "reports", "report_shares"):
        for statement in isolate(f"analysis.{table}"):
            op.execute(statement)
    for statement in create_ledger("analysis"):
        op.execute(statement)


def downgrade() -> None:
    """Refused: without tenants everybody would see everything."""
    raise NotImplementedError("tenants cannot be taken back")
