"""Alembic's entry point: everything is in the runtime."""

from services.runtime.db.migrations_env import run

run()
