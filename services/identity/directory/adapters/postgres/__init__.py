"""PostgreSQL as the home of the directory."""

from pathlib import Path

from services.identity.directory.adapters.postgres.tables import SCHEMA
from services.runtime import db

MIGRATIONS = Path(__file__).parents[3] / "migrations"


def migrate(url: str) -> None:
    """Brings the schema `identity` of the database at `url` to the newest revision, if it is not there already."""
    db.migrate(url, MIGRATIONS, SCHEMA)
