"""Refresh tokens, logins of devices and prefixes of API keys are closed, as what belongs to a tenant is.

Each of them is looked for before anybody knows the tenant, so beside its tenant's rows a transaction sees the row whose
secret it shows: it names the hash (of a refresh token, a device code, a ticket), the user code or the prefix in
`malha.shown`. Nobody can list these tables or look around in them, and what is found decides whose tenant's transaction
goes on.

A login of a device has no tenant until somebody has proved to be somebody. It is made without one, and whoever shows a
code may give it to the tenant of the transaction, and to no other. How many wait is counted by a function, which sees
the rows and tells nothing but their number.

Three tables stay open, since they belong to the mesh: `attempts` has hashes of whoever tried in vain, `signing_keys`
sealed keys, `revocations` ids of tokens that are not good any more.

Revision ID: 0004
"""

from __future__ import annotations

from alembic import op

from services.runtime.db.roles import SERVICE
from services.runtime.db.row_security import isolate

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("key_prefixes", "refresh_tokens", "device_logins")
_SHOWN = "current_setting('malha.shown', true)"
_MINE = "tenant IS NULL OR tenant = current_setting('malha.tenant', true)"
_DEVICE = f"encode(digest, 'hex') = {_SHOWN} OR user_code = {_SHOWN} OR encode(ticket, 'hex') = {_SHOWN}"

_OPENINGS = (
    f"CREATE POLICY shown ON identity.key_prefixes FOR SELECT USING (prefix = {_SHOWN})",
    f"CREATE POLICY shown ON identity.refresh_tokens FOR SELECT USING (encode(digest, 'hex') = {_SHOWN})",
    f"CREATE POLICY shown ON identity.device_logins FOR SELECT USING ({_DEVICE})",
    f"CREATE POLICY shown_changes ON identity.device_logins FOR UPDATE USING ({_DEVICE}) WITH CHECK ({_MINE})",
    # 1 is the state of one that waits.
    "CREATE POLICY begun ON identity.device_logins FOR INSERT WITH CHECK (tenant IS NULL AND state = 1)",
    """
    CREATE FUNCTION identity.waiting_devices(moment timestamptz, OUT waiting bigint) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
    DECLARE before text := coalesce(current_setting('malha.upkeep', true), '');
    BEGIN
        PERFORM set_config('malha.upkeep', 'on', true);
        SELECT count(*) INTO waiting FROM identity.device_logins WHERE expire_time > moment AND state = 1;
        PERFORM set_config('malha.upkeep', before, true);
    END
    $$
    """,
    f"GRANT EXECUTE ON FUNCTION identity.waiting_devices TO {SERVICE}",
)


def upgrade() -> None:
    """Close them, and open what is shown."""
    for table in _TABLES:
        for statement in isolate(f"identity.{table}", upkeep=table != "key_prefixes"):
            op.execute(statement)
    for statement in _OPENINGS:
        op.execute(statement)


def downgrade() -> None:
    """Open them again."""
    op.execute("DROP FUNCTION identity.waiting_devices")
    op.execute("DROP POLICY begun ON identity.device_logins")
    op.execute("DROP POLICY shown_changes ON identity.device_logins")
    for table in _TABLES:
        upkeep = () if table == "key_prefixes" else ("upkeep_reads", "upkeep_deletes", "upkeep_locks")
        for policy in ("shown", "tenant", *upkeep):
            op.execute(f"DROP POLICY {policy} ON identity.{table}")
        op.execute(f"ALTER TABLE identity.{table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE identity.{table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE identity.{table} DROP CONSTRAINT tenant_named")
