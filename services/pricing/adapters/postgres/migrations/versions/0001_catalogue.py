"""The catalogue: versions, prices with the span they held for, loads, quarantine, and who is told of changes.

Revision ID: 0001
"""

from __future__ import annotations

from alembic import op

from services.runtime.db.row_security import isolate
from services.runtime.idempotency.schema import create_ledger

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = """
    offer text NOT NULL,
    provider text NOT NULL,
    region text NOT NULL,
    instance_type text NOT NULL,
    purchase text NOT NULL,
    os text NOT NULL,
    zone text NOT NULL,
    licence text NOT NULL,
    tenancy text NOT NULL,
    term_months smallint NOT NULL,
    payment text NOT NULL,
    plan text NOT NULL,
    currency text NOT NULL,
    hourly bigint NOT NULL,
    upfront bigint,
    flags text[] NOT NULL,
    instance uuid NOT NULL,
    source uuid NOT NULL
"""

_RECORD = (
    """
    CREATE TABLE pricing.loads (
        id uuid PRIMARY KEY,
        providers text[] NOT NULL,
        regions text[] NOT NULL,
        validate_only boolean NOT NULL,
        owner text NOT NULL,
        request_id uuid,
        request_digest bytea,
        began_at timestamptz NOT NULL,
        ended_at timestamptz,
        state text NOT NULL,
        counts json NOT NULL,
        version integer,
        detail text NOT NULL
    )
    """,
    "CREATE INDEX loads_newest ON pricing.loads (began_at DESC)",
    "CREATE INDEX loads_request ON pricing.loads (owner, request_id) WHERE request_id IS NOT NULL",
    """
    CREATE TABLE pricing.versions (
        number integer PRIMARY KEY CHECK (number > 0),
        published_at timestamptz NOT NULL,
        origin text NOT NULL,
        read_from timestamptz NOT NULL,
        read_to timestamptz NOT NULL,
        offers integer NOT NULL,
        load uuid REFERENCES pricing.loads (id),
        reference_digest bytea
    )
    """,
    # The columns of the index, ready to be read. Nothing of it is changed on its way, which would only cost time.
    """
    CREATE TABLE pricing.snapshots (
        version integer PRIMARY KEY REFERENCES pricing.versions (number),
        data bytea STORAGE EXTERNAL NOT NULL
    )
    """,
    """
    CREATE TABLE pricing.sources (
        id uuid PRIMARY KEY,
        provider text NOT NULL,
        locator text NOT NULL,
        observed_at timestamptz NOT NULL,
        effective_from timestamptz,
        note text NOT NULL
    )
    """,
    """
    CREATE TABLE pricing.instances (
        id uuid PRIMARY KEY,
        provider text NOT NULL,
        type text NOT NULL,
        family text NOT NULL,
        millicpus integer NOT NULL,
        memory_mib bigint NOT NULL,
        cpu_unit text NOT NULL,
        architecture text NOT NULL,
        gpu_model text,
        gpu_count numeric,
        gpu_memory_mib bigint,
        burstable boolean,
        local_disk_gib bigint,
        network_mbps bigint
    )
    """,
    # `source` is where the price was read first, `confirmed` where last. The moments are those of the versions.
    f"""
    CREATE TABLE pricing.offers (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        {_KEY},
        confirmed uuid NOT NULL REFERENCES pricing.sources (id),
        from_version integer NOT NULL,
        from_time timestamptz NOT NULL,
        to_version integer,
        to_time timestamptz,
        CHECK (hourly > 0),
        CHECK (upfront >= 0),
        FOREIGN KEY (source) REFERENCES pricing.sources (id),
        FOREIGN KEY (instance) REFERENCES pricing.instances (id),
        CHECK (to_version > from_version)
    )
    """,
    # One price for each key.
    "CREATE UNIQUE INDEX offers_open ON pricing.offers (offer) WHERE to_version IS NULL",
    "CREATE INDEX offers_history ON pricing.offers (offer, id)",
    "CREATE INDEX offers_began ON pricing.offers (from_version)",
    "CREATE INDEX offers_ended ON pricing.offers (to_version) WHERE to_version IS NOT NULL",
    "CREATE INDEX offers_source ON pricing.offers (source)",
    "CREATE INDEX offers_confirmed ON pricing.offers (confirmed)",
    # `span` is the offer as it is since, or as it was last; `before` the span that ended.
    """
    CREATE TABLE pricing.price_changes (
        sequence bigint PRIMARY KEY,
        version integer NOT NULL REFERENCES pricing.versions (number),
        kind text NOT NULL,
        span bigint NOT NULL REFERENCES pricing.offers (id),
        before bigint REFERENCES pricing.offers (id),
        changed_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX price_changes_version ON pricing.price_changes (version)",
    # What every document that was read said of itself, to be asked for again only when it has changed.
    """
    CREATE TABLE pricing.documents (
        provider text NOT NULL,
        document text NOT NULL,
        etag text NOT NULL,
        last_modified text NOT NULL,
        published_at timestamptz,
        version integer NOT NULL REFERENCES pricing.versions (number),
        PRIMARY KEY (provider, document)
    )
    """,
    """
    CREATE TABLE pricing.interruptions (
        provider text NOT NULL,
        region text NOT NULL,
        instance_type text NOT NULL,
        os text NOT NULL,
        percent_from smallint NOT NULL,
        percent_to smallint NOT NULL,
        source uuid NOT NULL REFERENCES pricing.sources (id),
        version integer NOT NULL REFERENCES pricing.versions (number),
        PRIMARY KEY (provider, region, instance_type, os)
    )
    """,
    """
    CREATE TABLE pricing.quarantine (
        id uuid PRIMARY KEY,
        digest bytea NOT NULL UNIQUE,
        provider text NOT NULL,
        reason text NOT NULL,
        detail text NOT NULL,
        source text NOT NULL,
        "row" text NOT NULL,
        offer json,
        state text NOT NULL,
        first_load uuid NOT NULL,
        last_load uuid NOT NULL,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        times_seen integer NOT NULL,
        reviewer text NOT NULL DEFAULT '',
        review_reason text NOT NULL DEFAULT '',
        reviewed_at timestamptz,
        published_version integer REFERENCES pricing.versions (number)
    )
    """,
    "CREATE INDEX quarantine_newest ON pricing.quarantine (state, last_seen_at DESC, id)",
)

# What a load has read so far: gone after a crash of the server, as the load is. It is of whoever holds the loads' lock.
_STAGING = (
    f"CREATE UNLOGGED TABLE pricing.staged_offers (row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {_KEY})",
    "CREATE INDEX staged_offers_key ON pricing.staged_offers (offer)",
    "CREATE UNLOGGED TABLE pricing.staged_ends (span bigint PRIMARY KEY)",
)

_ALERTS = (
    """
    CREATE TABLE pricing.alerts (
        tenant text NOT NULL,
        id uuid NOT NULL,
        creator text NOT NULL,
        display_name text NOT NULL,
        filter text NOT NULL,
        url text NOT NULL,
        secret bytea NOT NULL,
        create_time timestamptz NOT NULL,
        told bigint NOT NULL,
        PRIMARY KEY (tenant, id)
    )
    """,
    "CREATE INDEX alerts_newest ON pricing.alerts (tenant, create_time, id)",
    """
    CREATE TABLE pricing.deliveries (
        tenant text NOT NULL,
        id uuid NOT NULL,
        alert uuid NOT NULL,
        version integer NOT NULL REFERENCES pricing.versions (number),
        first_sequence bigint NOT NULL,
        last_sequence bigint NOT NULL,
        sequences bigint[] NOT NULL,
        matched integer NOT NULL,
        state text NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        create_time timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        outcome text NOT NULL DEFAULT '',
        PRIMARY KEY (tenant, id),
        UNIQUE (tenant, alert, last_sequence),
        FOREIGN KEY (tenant, alert) REFERENCES pricing.alerts (tenant, id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX deliveries_due ON pricing.deliveries (due_at) WHERE state = 'waiting'",
    "CREATE INDEX deliveries_newest ON pricing.deliveries (tenant, alert, create_time, id)",
)


def upgrade() -> None:
    """Create the tables as they were at this revision; later revisions change them, this one stays."""
    for statement in (*_RECORD, *_STAGING, *_ALERTS):
        op.execute(statement)
    for table in ("alerts", "deliveries"):
        # Who tells of changes looks for tenants that have something to be told.
        for statement in isolate(f"pricing.{table}", upkeep=True):
            op.execute(statement)
    for statement in create_ledger("pricing"):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything; the history of prices cannot be had back."""
    for table in (
        "requests", "deliveries", "alerts", "staged_ends", "staged_offers", "quarantine", "interruptions", "documents",
        "price_changes", "offers", "instances", "sources", "snapshots", "versions", "loads",
    ):  # fmt: skip
        op.execute(f"DROP TABLE pricing.{table}")
