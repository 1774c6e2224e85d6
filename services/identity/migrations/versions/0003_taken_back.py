"""A revocation of all tokens of a subject may leave one session out.

Revision ID: 0003
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was taken back before left nothing out."""
    op.execute("ALTER TABLE identity.revocations ADD COLUMN kept text NOT NULL DEFAULT ''")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE identity.revocations DROP COLUMN kept")
