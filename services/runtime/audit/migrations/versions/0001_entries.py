"""The audit log: entries by month, the heads of their chains, checkpoints, and the functions that alone may write them.

Revision ID: 0001
"""

from alembic import op

from services.runtime.audit import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the log as it was at this revision; later revisions change it, this one stays."""
    for statement in schema.CREATE_V1:
        op.execute(statement)


def downgrade() -> None:
    """Refused: the log only grows."""
    raise NotImplementedError("an audit log is not taken back")
