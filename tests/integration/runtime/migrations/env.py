"""The migrations of a test."""

from services.runtime.db.migrations_env import run

run()
