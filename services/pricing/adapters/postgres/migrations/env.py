"""Alembic's entry point: everything is in the runtime."""

from services.pricing.adapters.postgres.tables import metadata
from services.runtime.db.migrations_env import run

run(metadata)
