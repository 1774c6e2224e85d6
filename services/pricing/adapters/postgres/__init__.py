"""PostgreSQL as the record of the catalogue."""

from pathlib import Path

from services.pricing.adapters.postgres.tables import SCHEMA
from services.runtime import audit, db
from services.runtime.settings import RuntimeSettings


def migrate(settings: RuntimeSettings) -> None:
    """Bring the schema `pricing`, and the audit log, to the newest revision, where they are not there already."""
    url = settings.database_url().get_secret_value()
    audit.migrate(url)
    db.migrate(url, Path(__file__).parent / "migrations", SCHEMA)
