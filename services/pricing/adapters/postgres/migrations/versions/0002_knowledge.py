"""Knowledge notes, with what finds them: words for full text search and vectors for nearest neighbours.

Revision ID: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLES = (
    # Only a superuser may make it, so whoever sets the database up has made it before (services.runtime.db.roles); then
    # this does nothing. In `public`, so that its operators are found whatever schema a service works in.
    "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public",
    """
    CREATE TABLE pricing.note_editions (
        edition text PRIMARY KEY,
        installed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # An edition is all notes as one release of the service has them. Releases that run side by side have their own.
    """
    CREATE TABLE pricing.notes (
        edition text NOT NULL REFERENCES pricing.note_editions (edition) ON DELETE CASCADE,
        language text NOT NULL,
        id text NOT NULL,
        provider text NOT NULL,
        words tsvector NOT NULL,
        vector public.vector(256) NOT NULL,
        PRIMARY KEY (edition, language, id)
    )
    """,
)


def upgrade() -> None:
    """Create the tables. An edition has some fifty rows: they are read as a whole, so no index would be used."""
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; the extension may be somebody else's by then."""
    op.execute("DROP TABLE pricing.notes, pricing.note_editions")
