"""Writes `prices.csv` from a file of price facts: which rows are taken, which are left out, and why.

    python -m services.pricing.adapters.reference.build price_facts.csv

The facts have a row for each provider, type and region with the on-demand and, in part, the spot price. Every on-demand
price is taken. Of the spot prices are left out, and printed:

- Azure's: they repeat 11 % of the on-demand price too often to be what anybody pays.
- AWS's that equal the on-demand price or are exactly a tenth of it: what the source has where it knows none.

A price that is not there stays unknown; nothing is put in its place. Prices of a type that its provider has taken out
of service name a source that says so.
"""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE: Final = Path(__file__).with_name("prices.csv")
_TENTH: Final = Decimal("0.1")
_SPOT_DIGITS: Final = Decimal("0.0001")
"""The decimal places of AWS's spot prices."""
_SOURCES: Final = {
    ("aws", "catalogs/v9/aws/vms.csv"): "aws-prices",
    ("azure", "azure/vms.csv"): "azure-prices",
    ("azure", "catalogs/v5/azure/vms.csv"): "azure-prices-2",
    ("gcp", "gcp/vms.csv"): "gcp-prices",
    ("gcp", "gcp/vms.csv (machine row + accelerator row)"): "gcp-sums",
    (
        "gcp",
        "gcp/vms.csv (machine row + accelerator row; excludes auto-attached local SSD)",
    ): "gcp-sums-without-disk",
    ("gcp", "catalogs/v9/gcp/vms.csv"): "gcp-prices-2",
    ("gcp", "catalogs/v9/gcp/vms.csv (machine row + accelerator row)"): "gcp-sums-2",
    (
        "gcp",
        "catalogs/v9/gcp/vms.csv (machine row + accelerator row; excludes auto-attached local SSD)",
    ): "gcp-sums-2-without-disk",
    ("gcp", "pricing.yml"): "gcp-prices-3",
    ("gcp", "pricing.yml (includes auto-attached local SSD)"): "gcp-prices-3-with-disk",
}
"""The row of `sources.csv` for what the facts name as their source, without the repository."""
_SPOT_SOURCES: Final = {
    "aws-prices": "aws-spot",
    "gcp-prices-2": "gcp-spot",
    "gcp-sums-2": "gcp-spot-sums",
    "gcp-sums-2-without-disk": "gcp-spot-sums-without-disk",
}
_RETIRED: Final = {"Standard_NC6s_v3"}
"""Azure has taken these out of service and lists their prices all the same."""


def doubt(provider: str, on_demand: Decimal, spot: Decimal) -> str:
    """Why a spot price is left out; empty where it is not."""
    if provider == "azure":
        return "Azure's spot prices in the source are doubtful"
    if provider == "aws" and spot == on_demand:
        return "equal to the on-demand price"
    if provider == "aws" and spot == (on_demand * _TENTH).quantize(_SPOT_DIGITS):
        return "exactly a tenth of the on-demand price"
    return ""


def prices(fact: dict[str, str]) -> Iterator[tuple[str, ...]]:
    """The rows of the table for one row of the facts: type, region, purchase, US dollars an hour, source."""
    where = fact["instance_type"], fact["region"]
    source = _SOURCES[fact["provider"], fact["source"].split(" ", 1)[1]]
    listed = f"{source}-retired" if fact["instance_type"] in _RETIRED else source
    yield *where, "on_demand", fact["on_demand_usd_per_hour"], listed
    if not fact["spot_usd_per_hour"]:
        return
    on_demand, spot = Decimal(fact["on_demand_usd_per_hour"]), Decimal(fact["spot_usd_per_hour"])
    why = doubt(fact["provider"], on_demand, spot)
    if why:
        sys.stdout.write(f"left out: {fact['provider']} {' '.join(where)} spot {spot}: {why}\n")
    else:
        yield *where, "spot", fact["spot_usd_per_hour"], _SPOT_SOURCES[source]


def main(facts: Path) -> None:
    """Reads the facts and writes the table anew."""
    with facts.open(encoding="utf-8", newline="") as lines:
        rows = [row for fact in csv.DictReader(lines) for row in prices(fact)]
    with TABLE.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("type", "region", "purchase", "usd_an_hour", "source"))
        writer.writerows(rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
