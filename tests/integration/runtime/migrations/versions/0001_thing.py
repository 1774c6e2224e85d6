"""One table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "thing",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("path", sa.Text),
        sa.Column("score", sa.Integer),
        sa.Column("severity", sa.Text),
        sa.Column("tags", sa.ARRAY(sa.Text)),
    )
