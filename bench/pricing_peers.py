"""The other systems, each loaded with the same rows: sqlite, pandas, polars and gpuhunt."""

from __future__ import annotations

import operator
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from importlib import import_module
from types import ModuleType
from typing import Any

from bench.pricing_queries import LIMIT, Answer, Asked, Query
from services.pricing.domain.geography import region
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.offers import Architecture, Purchase

Row = tuple[Any, ...]
_Load = Callable[[ModuleType, Sequence[Row], CatalogueIndex], Asked]
COLUMNS = (
    "row", "provider", "region", "europe", "type", "os", "purchase", "term", "payment", "architecture", "vcpus",
    "memory_gib", "gpu_model", "gpu_count", "gpu_memory_gib", "hourly", "per_vcpu",
)  # fmt: skip
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}


def flat(index: CatalogueIndex) -> list[Row]:
    """The rows of the index with COLUMNS; prices in nanos."""
    return [_flat(index, row) for row in range(len(index))]


def _flat(index: CatalogueIndex, row: int) -> Row:
    offer = index.offer(row)
    key, instance = offer.key, offer.instance
    place, gpu = region(key.provider, key.region), instance.gpu
    return (
        row, str(key.provider), key.region, int(place is not None and "europe" in place.areas), key.instance_type,
        str(key.os), str(key.purchase), key.term_months, str(key.payment), str(instance.architecture),
        instance.millicpus / 1000, instance.memory_mib / 1024,
        gpu.model if gpu else "", float(gpu.count) if gpu else 0.0,
        gpu.memory_mib / 1024 if gpu and gpu.memory_mib else 0.0, offer.hourly.nanos, int(index.per_vcpu[row]),
    )  # fmt: skip


def peers(index: CatalogueIndex) -> Mapping[str, Asked | None]:
    """The systems by name; None for one that is not installed."""
    rows = flat(index)
    loaded: dict[str, Asked | None] = {f"sqlite {sqlite3.sqlite_version}": _sqlite(rows)}
    loads: Mapping[str, _Load] = {"pandas": _pandas, "polars": _polars, "gpuhunt": _gpuhunt}
    for name, load in loads.items():
        try:
            module = import_module(name)
        except ImportError:
            loaded[name] = None
            continue
        shown = f"{name} {getattr(module, '__version__', '')}".strip()
        loaded[shown] = load(module, rows, index)
    return loaded


def _sqlite(rows: Sequence[Row]) -> Asked:
    """A table in memory, with an index for each column and for the usual ways to order, analysed."""
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE TABLE offers ({', '.join(COLUMNS)}, PRIMARY KEY (row)) WITHOUT ROWID")
    base.executemany(f"INSERT INTO offers VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    for column in COLUMNS[1:]:
        base.execute(f"CREATE INDEX by_{column} ON offers ({column})")
    for number, columns in enumerate(("purchase, os, hourly", "purchase, os, per_vcpu", "gpu_model, hourly")):
        base.execute(f"CREATE INDEX ordered_{number} ON offers ({columns}, row)")
    base.execute("ANALYZE")

    def ask(query: Query) -> Answer:
        where = " AND ".join(
            f"{column} GLOB ?" if compare == "prefix" else f"{column} {compare} ?"
            for column, compare, _ in query.conditions
        )
        values = [f"{value}*" if compare == "prefix" else value for _, compare, value in query.conditions]
        page = f"SELECT row FROM offers WHERE {where} ORDER BY {query.by}, row LIMIT {LIMIT}"
        found = [row for (row,) in base.execute(page, values)]
        return found, base.execute(f"SELECT count(*) FROM offers WHERE {where}", values).fetchone()[0]

    return ask


def _pandas(pandas: ModuleType, rows: Sequence[Row], _: CatalogueIndex) -> Asked:
    """A data frame whose columns of text are categories."""
    frame = pandas.DataFrame(rows, columns=list(COLUMNS))
    for column in COLUMNS:
        if isinstance(rows[0][COLUMNS.index(column)], str):
            frame[column] = frame[column].astype("category")

    def ask(query: Query) -> Answer:
        masks = [
            frame[column].str.startswith(value) if compare == "prefix" else _COMPARE[compare](frame[column], value)
            for column, compare, value in query.conditions
        ]
        found = frame[reduce(operator.and_, masks)]
        return found.nsmallest(LIMIT, [query.by, "row"])["row"].tolist(), len(found)

    return ask


def _polars(polars: ModuleType, rows: Sequence[Row], _: CatalogueIndex) -> Asked:
    """A data frame whose columns of text are categories."""
    frame = polars.DataFrame(rows, schema=list(COLUMNS), orient="row", infer_schema_length=None)
    frame = frame.with_columns(polars.col(polars.String).cast(polars.Categorical))

    def ask(query: Query) -> Answer:
        conditions = [
            polars.col(column).cat.starts_with(value)
            if compare == "prefix"
            else _COMPARE[compare](polars.col(column), value)
            for column, compare, value in query.conditions
        ]
        found = frame.filter(*conditions)
        return found.bottom_k(LIMIT, by=[query.by, "row"]).sort(query.by, "row")["row"].to_list(), len(found)

    return ask


def _gpuhunt(_: ModuleType, rows: Sequence[Row], index: CatalogueIndex) -> Asked:
    """Its own query over the same rows, put where it keeps a catalogue that it has fetched.

    It knows spot or not, and neither regions nor operating systems nor terms; it gives all that it finds, which is then
    ordered and cut.
    """
    catalogue = import_module("gpuhunt._internal.catalog")
    models = import_module("gpuhunt._internal.models")
    hunted = catalogue.Catalog(balance_resources=False, auto_reload=False)
    # Without a list for each provider it complains at every query.
    items: dict[str, list[Any]] = {name: [] for name in catalogue.OFFLINE_PROVIDERS}
    for row in range(len(rows)):
        offer = index.offer(row)
        instance, gpu = offer.instance, offer.instance.gpu
        arm = instance.architecture is Architecture.ARM64
        item = models.CatalogItem(
            provider=str(offer.key.provider), instance_name=instance.type, location=offer.key.region,
            price=offer.hourly.nanos / 1e9, cpu=instance.millicpus // 1000, memory=instance.memory_mib / 1024,
            gpu_count=int(gpu.count) if gpu else 0, gpu_name=gpu.model if gpu else None,
            gpu_memory=gpu.memory_mib / 1024 if gpu and gpu.memory_mib else None,
            spot=offer.key.purchase is Purchase.SPOT, disk_size=None,
            gpu_vendor=models.AcceleratorVendor.NVIDIA if gpu else None,
            cpu_arch=models.CPUArchitecture.ARM if arm else models.CPUArchitecture.X86, provider_data={"row": row},
        )  # fmt: skip
        items[item.provider].append(item)
    hunted.catalog = {name: catalogue.ProviderCatalog("bench", found) for name, found in items.items()}
    hunted.loaded_at = time.monotonic()

    def ask(query: Query) -> Answer | None:
        if query.gpuhunt is None:
            return None
        found = hunted.query(**query.gpuhunt)
        found.sort(key=lambda item: (item.price, item.provider_data["row"]))
        return [item.provider_data["row"] for item in found[:LIMIT]], len(found)

    return ask
