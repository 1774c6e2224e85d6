"""Reports and their payloads.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables as they were at this revision; later revisions change them, this one stays."""
    op.execute(
        """
        CREATE TABLE analysis.payloads (
            key bytea PRIMARY KEY,
            body bytea NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE analysis.reports (
            id uuid PRIMARY KEY,
            kind smallint NOT NULL,
            parent uuid,
            path text NOT NULL,
            create_time timestamptz NOT NULL,
            content_sha256 text NOT NULL,
            analyser_version text NOT NULL,
            encoding text NOT NULL,
            files integer NOT NULL,
            failed_files integer NOT NULL,
            lines bigint NOT NULL,
            code_lines bigint NOT NULL,
            findings integer NOT NULL,
            by_severity integer[] NOT NULL,
            by_category integer[] NOT NULL,
            safe_fixes integer NOT NULL,
            score double precision NOT NULL,
            total_seconds double precision NOT NULL,
            queued_seconds double precision NOT NULL,
            analysing_seconds double precision NOT NULL,
            cached boolean NOT NULL,
            payload bytea REFERENCES analysis.payloads (key),
            request_id uuid NOT NULL,
            request_item integer NOT NULL,
            request_digest bytea NOT NULL,
            CONSTRAINT reports_request UNIQUE (request_id, request_item)
        )
        """
    )
    op.execute("CREATE INDEX reports_newest ON analysis.reports (create_time, id)")
    op.execute("CREATE INDEX reports_parent ON analysis.reports (parent) WHERE parent IS NOT NULL")
    op.execute("CREATE INDEX reports_content ON analysis.reports (content_sha256)")


def downgrade() -> None:
    """Drop the tables and what they hold."""
    op.execute("DROP TABLE analysis.reports")
    op.execute("DROP TABLE analysis.payloads")
