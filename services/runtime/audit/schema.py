"""The audit log's tables and functions, as its first migration makes them.

Nobody writes the tables but through the functions, which run with their owner's rights: a service has no privilege to
insert, change or remove an entry, and a trigger refuses to change or remove one even to the owner.

A tenant's chain has strands, so that two changes at once need not wait for each other: a writer takes the first strand
that nobody holds, until the end of its transaction. Within a strand entries are numbered without gap from 1, and each
holds the hash of the one before.
"""

from services.runtime.db.roles import SERVICE
from services.runtime.db.row_security import isolate

# How many changes of one tenant may be between their entry and their commit before one waits for another.
_STRANDS = 16

_TABLES = (
    """
    CREATE TABLE audit.entries (
        tenant text NOT NULL,
        strand smallint NOT NULL,
        sequence bigint NOT NULL,
        time timestamptz NOT NULL,
        id uuid NOT NULL,
        method text NOT NULL,
        action text NOT NULL,
        resource text NOT NULL,
        decision text NOT NULL CHECK (decision IN ('ALLOWED', 'REFUSED', 'LOST')),
        reason text NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        client text NOT NULL,
        caller text NOT NULL,
        network text NOT NULL,
        request_id text NOT NULL,
        trace_id text NOT NULL,
        details text NOT NULL,
        hash bytea NOT NULL,
        PRIMARY KEY (tenant, strand, sequence, time)
    ) PARTITION BY RANGE (time)
    """,
    "CREATE INDEX entries_newest ON audit.entries (tenant, time, id)",
    "CREATE TABLE audit.entries_default PARTITION OF audit.entries DEFAULT",
    """
    CREATE TABLE audit.heads (
        tenant text NOT NULL,
        strand smallint NOT NULL,
        sequence bigint NOT NULL,
        time timestamptz NOT NULL,
        hash bytea NOT NULL,
        PRIMARY KEY (tenant, strand)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE audit.checkpoints (
        tenant text NOT NULL,
        strand smallint NOT NULL,
        sequence bigint NOT NULL,
        time timestamptz NOT NULL,
        hash bytea NOT NULL,
        seal bytea NOT NULL,
        PRIMARY KEY (tenant, strand, sequence)
    )
    """,
)

_FUNCTIONS = (
    # The clock of the log, in one place.
    "CREATE FUNCTION audit.now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'",
    """
    CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'insufficient_privilege';
    END
    $$
    """,
    # Each value behind its length in bytes, so that no two lists of values have one form; see `chain.canonical`.
    """
    CREATE FUNCTION audit.canonical(VARIADIC parts text[]) RETURNS bytea LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog AS $$
        SELECT string_agg(int4send(octet_length(raw)) || raw, ''::bytea ORDER BY place)
        FROM unnest(parts) WITH ORDINALITY AS listed (part, place), convert_to(part, 'UTF8') AS raw
    $$
    """,
    f"""
    CREATE FUNCTION audit.take_strand(owner text, OUT taken audit.heads) LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
    DECLARE mine integer := pg_backend_pid() % {_STRANDS};
    BEGIN
        <<again>> LOOP
            SELECT * INTO taken FROM audit.heads WHERE tenant = owner ORDER BY strand LIMIT 1 FOR UPDATE SKIP LOCKED;
            EXIT again WHEN FOUND;
            -- All are taken, or not there yet. Another may be making the same one, whose end nobody should wait for.
            FOR number IN 0..{_STRANDS - 1} LOOP
                CONTINUE WHEN NOT pg_try_advisory_xact_lock(hashtextextended('malha.audit:' || owner, number));
                INSERT INTO audit.heads VALUES (owner, number, 0, '-infinity', decode(repeat('00', 32), 'hex'))
                ON CONFLICT DO NOTHING RETURNING * INTO taken;
                EXIT again WHEN FOUND;
            END LOOP;
            SELECT * INTO taken FROM audit.heads WHERE tenant = owner AND strand = mine FOR UPDATE;
            EXIT again WHEN FOUND;
            PERFORM pg_advisory_xact_lock(hashtextextended('malha.audit:' || owner, mine));
        END LOOP;
    END
    $$
    """,  # noqa: S608 - made of constants
    """
    CREATE FUNCTION audit.append(
        owner text, id uuid, method text, action text, resource text, decision text, reason text, kind text,
        subject text, client text, caller text, network text, request_id text, trace_id text, details text
    ) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
    DECLARE
        head audit.heads := audit.take_strand(owner);
        number bigint := head.sequence + 1;
        -- A clock that steps back must not put an entry into an older month than the one before it.
        moment timestamptz := greatest(audit.now(), head.time);
        link bytea := sha256(head.hash || audit.canonical(
            owner, head.strand::text, number::text, (extract(epoch FROM moment) * 1000000)::bigint::text, id::text,
            method, action, resource, decision, reason, kind, subject, client, caller, network, request_id, trace_id,
            details
        ));
    BEGIN
        INSERT INTO audit.entries VALUES (
            owner, head.strand, number, moment, id, method, action, resource, decision, reason, kind, subject, client,
            caller, network, request_id, trace_id, details, link
        );
        UPDATE audit.heads SET sequence = number, time = moment, hash = link
        WHERE heads.tenant = owner AND heads.strand = head.strand;
    END
    $$
    """,
    """
    CREATE FUNCTION audit.add_month(first timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog SET timezone = 'UTC' AS $$
    DECLARE name text := 'entries_' || to_char(first, 'YYYY_MM');
    BEGIN
        IF to_regclass('audit.' || name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE audit.%I PARTITION OF audit.entries FOR VALUES FROM (%L) TO (%L)',
                name, first, first + interval '1 month'
            );
            PERFORM audit.close_partition(name);
        END IF;
    EXCEPTION WHEN invalid_object_definition THEN
        NULL;  -- a partition of several months has it: see adopt_strays
    END
    $$
    """,
    # Whoever names a partition is not asked for what holds for the whole, so nobody may name one.
    f"""
    CREATE FUNCTION audit.close_partition(name text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
    BEGIN
        EXECUTE format('REVOKE ALL ON audit.%I FROM {SERVICE}', name);
        EXECUTE format(
            'CREATE TRIGGER keeps BEFORE TRUNCATE ON audit.%I FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse()', name
        );
    END
    $$
    """,
    """
    CREATE FUNCTION audit.add_months(ahead integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog SET timezone = 'UTC' AS $$
    DECLARE stray bigint;
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('audit.add_months'));
        PERFORM set_config('malha.upkeep', 'on', true);
        SELECT count(*) INTO stray FROM audit.entries_default;
        IF stray > 0 THEN
            PERFORM audit.adopt_strays();
        END IF;
        FOR months IN 0..ahead LOOP
            PERFORM audit.add_month(date_trunc('month', audit.now()) + make_interval(months => months));
        END LOOP;
        RETURN stray;
    END
    $$
    """,
    # What went astray becomes a partition as it is, of all the months it covers.
    """
    CREATE FUNCTION audit.adopt_strays() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog SET timezone = 'UTC' AS $$
    DECLARE
        first timestamptz;
        last timestamptz;
        name text;
    BEGIN
        LOCK TABLE audit.entries IN ACCESS EXCLUSIVE MODE;
        SELECT date_trunc('month', min(time)), date_trunc('month', max(time)) + interval '1 month' INTO first, last
        FROM audit.entries_default;
        name := 'entries_' || to_char(first, 'YYYY_MM');
        ALTER TABLE audit.entries DETACH PARTITION audit.entries_default;
        EXECUTE format('ALTER TABLE audit.entries_default RENAME TO %I', name);
        EXECUTE format('ALTER TABLE audit.entries ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)',
            name, first, last);
        CREATE TABLE audit.entries_default PARTITION OF audit.entries DEFAULT;
        PERFORM audit.close_partition('entries_default');
    END
    $$
    """,
    # A month goes only when the entry that follows it can still be tied to a checkpoint.
    """
    CREATE FUNCTION audit.drop_month(first timestamptz, least_age interval) RETURNS boolean LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = pg_catalog SET timezone = 'UTC' AS $$
    DECLARE
        name text := 'entries_' || to_char(first, 'YYYY_MM');
        youngest timestamptz;
        loose bigint;
    BEGIN
        IF to_regclass('audit.' || name) IS NULL THEN
            RETURN false;
        END IF;
        PERFORM set_config('malha.upkeep', 'on', true);
        EXECUTE format('SELECT max(time) FROM audit.%I', name) INTO youngest;
        IF first + interval '1 month' > audit.now() - greatest(least_age, interval '30 days')
            OR youngest > audit.now() - greatest(least_age, interval '30 days') THEN
            RAISE EXCEPTION 'the month is too young to go' USING ERRCODE = 'check_violation';
        END IF;
        EXECUTE format(
            'SELECT count(*) FROM (
                SELECT DISTINCT ON (tenant, strand) tenant, strand, sequence, hash FROM audit.%I
                ORDER BY tenant, strand, sequence DESC
            ) ends WHERE NOT EXISTS (
                SELECT FROM audit.checkpoints c WHERE c.tenant = ends.tenant AND c.strand = ends.strand
                AND c.sequence = ends.sequence AND c.hash = ends.hash
            )', name) INTO loose;
        IF loose > 0 THEN
            RAISE EXCEPTION 'the month has ends without a checkpoint' USING ERRCODE = 'check_violation';
        END IF;
        EXECUTE format('DROP TABLE audit.%I', name);
        RETURN true;
    END
    $$
    """,
)

_RIGHTS = (
    f"REVOKE ALL ON audit.entries, audit.entries_default, audit.heads, audit.checkpoints FROM {SERVICE}",
    f"GRANT SELECT ON audit.entries, audit.heads TO {SERVICE}",
    f"GRANT SELECT, INSERT ON audit.checkpoints TO {SERVICE}",
    f"GRANT EXECUTE ON FUNCTION audit.append, audit.add_months, audit.drop_month TO {SERVICE}",
)


def _triggers() -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {name} BEFORE {events} ON audit.{table} FOR EACH {each} EXECUTE FUNCTION audit.refuse()"
        for table in ("entries", "checkpoints")
        for name, events, each in (("stays", "UPDATE OR DELETE", "ROW"), ("keeps", "TRUNCATE", "STATEMENT"))
    )


CREATE_V1 = (
    *_TABLES,
    *_FUNCTIONS,
    *_triggers(),
    *isolate("audit.entries", upkeep=True),
    *isolate("audit.heads", upkeep=True),
    *isolate("audit.checkpoints", upkeep=True),
    "SELECT audit.close_partition('entries_default')",
    "SELECT audit.add_months(3)",
    *_RIGHTS,
)
