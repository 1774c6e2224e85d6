"""Brings the log's schema up to date."""

from pathlib import Path

from services.runtime.db.migrations import migrate as run

SCHEMA = "audit"


def migrate(url: str) -> None:
    """Makes the schema `audit` where it is missing; every service that leaves entries calls this when it migrates."""
    run(url, Path(__file__).parent / "migrations", SCHEMA)
