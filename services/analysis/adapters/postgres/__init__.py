"""PostgreSQL as the home of the reports."""

from pathlib import Path

from services.analysis.adapters.postgres.tables import SCHEMA
from services.runtime import db
from services.runtime.settings import RuntimeSettings


def migrate(settings: RuntimeSettings) -> None:
    """Bring the schema `analysis` to the newest revision; does nothing when it is there already."""
    db.migrate(settings.database_url().get_secret_value(), Path(__file__).parent / "migrations", SCHEMA)
