"""The tables of the pricing service, in the schema `pricing`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.runtime.idempotency import ledger_table

SCHEMA = "pricing"

metadata = MetaData(schema=SCHEMA)


def _id(name: str = "id", *, key: bool = True, nullable: bool = False) -> Column[object]:
    return Column(name, UUID(as_uuid=True), primary_key=key, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Text, nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Integer, nullable=nullable)


def _offer_columns() -> list[Column[object]]:
    """The key, the price and what it is of, as an offer and a row that was read have them; see `rows.OFFER`."""
    return [
        *map(_text, ("offer", "provider", "region", "instance_type", "purchase", "os", "zone", "licence", "tenancy")),
        Column("term_months", SmallInteger, nullable=False),
        *map(_text, ("payment", "plan", "currency")),
        # Billionths of the currency, as all amounts here.
        Column("hourly", BigInteger, nullable=False),
        Column("upfront", BigInteger),
        Column("flags", ARRAY(Text), nullable=False),
        _id("instance", key=False),
        _id("source", key=False),
    ]


loads = Table(
    "loads",
    metadata,
    _id(),
    Column("providers", ARRAY(Text), nullable=False),
    Column("regions", ARRAY(Text), nullable=False),
    Column("validate_only", Boolean, nullable=False),
    # Tenant and subject of who asked for it; empty for nobody.
    _text("owner"),
    _id("request_id", key=False, nullable=True),
    Column("request_digest", LargeBinary),
    _time("began_at"),
    _time("ended_at", nullable=True),
    _text("state"),
    Column("counts", JSON, nullable=False),
    _number("version", nullable=True),
    _text("detail"),
)

versions = Table(
    "versions",
    metadata,
    Column("number", Integer, primary_key=True),
    _time("published_at"),
    _text("origin"),
    _time("read_from"),
    _time("read_to"),
    _number("offers"),
    _id("load", key=False, nullable=True),
    # Of the reference catalogue that it was made from, if it was.
    Column("reference_digest", LargeBinary),
)

snapshots = Table(
    "snapshots", metadata, Column("version", Integer, primary_key=True), Column("data", LargeBinary, nullable=False)
)

sources = Table(
    "sources",
    metadata,
    # A digest of all the rest, as the id of an instance is.
    _id(),
    _text("provider"),
    _text("locator"),
    _time("observed_at"),
    _time("effective_from", nullable=True),
    _text("note"),
)

instances = Table(
    "instances",
    metadata,
    _id(),
    *map(_text, ("provider", "type", "family")),
    _number("millicpus"),
    Column("memory_mib", BigInteger, nullable=False),
    *map(_text, ("cpu_unit", "architecture")),
    _text("gpu_model", nullable=True),
    Column("gpu_count", Numeric),
    Column("gpu_memory_mib", BigInteger),
    Column("burstable", Boolean),
    Column("local_disk_gib", BigInteger),
    Column("network_mbps", BigInteger),
)

# Slowly changing: a row for each price of a key, and the span of versions that had it.
offers = Table(
    "offers",
    metadata,
    Column("id", BigInteger, primary_key=True),
    *_offer_columns(),
    _id("confirmed", key=False),
    _number("from_version"),
    _time("from_time"),
    _number("to_version", nullable=True),
    _time("to_time", nullable=True),
    Index("offers_history", "offer", "id"),
)

price_changes = Table(
    "price_changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True),
    _number("version"),
    _text("kind"),
    Column("span", BigInteger, nullable=False),
    Column("before", BigInteger),
    _time("changed_at"),
)

documents = Table(
    "documents",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("document", Text, primary_key=True),
    _text("etag"),
    _text("last_modified"),
    _time("published_at", nullable=True),
    _number("version"),
)

interruptions = Table(
    "interruptions",
    metadata,
    *(Column(name, Text, primary_key=True) for name in ("provider", "region", "instance_type", "os")),
    Column("percent_from", SmallInteger, nullable=False),
    Column("percent_to", SmallInteger, nullable=False),
    _id("source", key=False),
    _number("version"),
)

quarantine = Table(
    "quarantine",
    metadata,
    _id(),
    # Of what makes it the same row when it comes again.
    Column("digest", LargeBinary, nullable=False, unique=True),
    *map(_text, ("provider", "reason", "detail", "source", "row")),
    Column("offer", JSON),
    _text("state"),
    _id("first_load", key=False),
    _id("last_load", key=False),
    _time("first_seen_at"),
    _time("last_seen_at"),
    _number("times_seen"),
    _text("reviewer"),
    _text("review_reason"),
    _time("reviewed_at", nullable=True),
    _number("published_version", nullable=True),
)

staged_offers = Table("staged_offers", metadata, Column("row", BigInteger, primary_key=True), *_offer_columns())

staged_ends = Table("staged_ends", metadata, Column("span", BigInteger, primary_key=True))

alerts = Table(
    "alerts",
    metadata,
    Column("tenant", Text, primary_key=True),
    _id(),
    *map(_text, ("creator", "display_name", "filter", "url")),
    # Sealed; see `alerts.secret_place`.
    Column("secret", LargeBinary, nullable=False),
    _time("create_time"),
    # The last change that was looked at for it.
    Column("told", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("tenant", Text, primary_key=True),
    _id(),
    _id("alert", key=False),
    _number("version"),
    Column("first_sequence", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    # The changes that it tells of, the first of them; `matched` is how many there were.
    Column("sequences", ARRAY(BigInteger), nullable=False),
    _number("matched"),
    _text("state"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("create_time", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    _time("ended_at", nullable=True),
    Column("outcome", Text, nullable=False, server_default=""),
)

requests = ledger_table(metadata)
