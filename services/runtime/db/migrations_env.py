"""What the `env.py` of every service's migrations does: `from services.runtime.db.migrations_env import run; run()`."""

from typing import TYPE_CHECKING, cast

from alembic import context
from sqlalchemy import MetaData

if TYPE_CHECKING:
    from sqlalchemy import Connection


def run(metadata: MetaData | None = None) -> None:
    """Runs the migrations on the connection that `services.runtime.db.migrate` holds, inside its transaction."""
    connection = cast("Connection", context.config.attributes["connection"])
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=context.config.attributes["schema"],
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
