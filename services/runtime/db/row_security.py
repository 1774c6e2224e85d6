"""The second wall between tenants: PostgreSQL's row-level security, the same for every table of every service.

A table of what belongs to tenants has `tenant text NOT NULL`, first in its primary key and in its unique constraints. A
migration hands the table to `isolate` after creating it:

    for statement in isolate("analysis.reports"):
        op.execute(statement)

From then on nobody, its owner included, sees or writes a row of it but inside a `UnitOfWork` of the row's tenant.
"""

import re

_TABLE = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?")
_MINE = "tenant = current_setting('malha.tenant', true)"
_UPKEEP = "current_setting('malha.upkeep', true) = 'on'"


def isolate(table: str, *, upkeep: bool = False) -> tuple[str, ...]:
    """The statements that close `table` (`schema.name`) to all but the tenant of a unit of work.

    With `upkeep`, a transaction of `services.runtime.db.Upkeep` reads and deletes rows of all tenants. A later
    migration that changes rows of such a table lifts its `FORCE ROW LEVEL SECURITY` for as long as it works.

    Raises:
        ValueError: `table` is no name of a table.
    """
    if not _TABLE.fullmatch(table):
        raise ValueError(f"{table!r} is no name of a table")
    statements = [
        f"ALTER TABLE {table} ADD CONSTRAINT tenant_named CHECK (tenant <> '')",
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        # Without this its owner, who runs the migrations, would be let through.
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY tenant ON {table} USING ({_MINE}) WITH CHECK ({_MINE})",
    ]
    if upkeep:
        statements += [
            f"CREATE POLICY upkeep_reads ON {table} FOR SELECT USING ({_UPKEEP})",
            f"CREATE POLICY upkeep_deletes ON {table} FOR DELETE USING ({_UPKEEP})",
            # To lock a row before deleting it, which counts as an update; a real one is checked, and refused.
            f"CREATE POLICY upkeep_locks ON {table} FOR UPDATE USING ({_UPKEEP}) WITH CHECK (false)",
        ]
    return tuple(statements)
