"""The files of the reference catalogue, read.

- `instances.csv`: what each instance type is. Thousandths of vCPUs, and whether a vCPU is a thread or a core; MiB of
  memory; accelerators with the GiB of each; whether its CPU works on credits; GiB of local disk; Mbit/s of network.
  Empty is unknown.
- `prices.csv`: US dollars for an hour of one instance with Linux, by type, region and purchase, and the source's name.
- `sources.csv`: where the prices were read, with the version, and the day; what a reader must know of them.

vCPUs, memory and accelerators are of the price facts, except that Azure's are named and counted by its own pages
("Sizes for virtual machines in Azure", read 2026-11-21: ND96isr_H100_v5 has 8 GPUs, the H100 of NC has 94 GB). Memory
of accelerators is the nominal size that the maker sells them by, so that one model has the same at each provider: 24
for an L4. The programs of the providers report a little less. `H100` has 80 or 94 GiB; the memory tells which.

A vCPU is a thread, but a core of Arm processors, of AWS's AMD types from the seventh generation on ("CPU options for
EC2 instances", EC2 user guide), of GCP's t2d, and of Azure's GPU types whose pages say "non-multithreaded cores". Where
a page says neither it is unknown. Local disk and network are of the same pages of Azure, for the sizes that were looked
up. The types that work on credits are AWS's T and Azure's B.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.pricing.domain.families import family_of
from services.pricing.domain.offers import Architecture, CpuUnit, Gpu, Instance, Provider, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER: Final = Path(__file__).parent
_MIB_IN_A_GIB: Final = 1_024
_YES_NO: Final = {"yes": True, "no": False, "": None}


def rows(table: str) -> Iterator[list[str]]:
    """The table's rows in its own order of columns, without the headings."""
    with (_FOLDER / table).open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        yield from reader


def instances() -> dict[str, Instance]:
    """The instance types by name; no two providers share one."""
    return {row[1]: _instance(row) for row in rows("instances.csv")}


def _instance(row: list[str]) -> Instance:
    provider = Provider(row[0])
    gpu = Gpu(row[6], Decimal(row[7]), int(row[8]) * _MIB_IN_A_GIB) if row[6] else None
    return Instance(
        provider=provider,
        type=row[1],
        family=family_of(provider, row[1]),
        millicpus=int(row[2]),
        cpu_unit=CpuUnit(row[3]),
        memory_mib=int(row[4]),
        architecture=Architecture(row[5]),
        gpu=gpu,
        burstable=_YES_NO[row[9]],
        local_disk_gib=int(row[10]) if row[10] else None,
        network_mbps=int(row[11]) if row[11] else None,
    )


def sources() -> dict[str, Source]:
    """The sources by name."""
    return {
        name: Source(
            provider=Provider(name.partition("-")[0]),
            locator=locator,
            observed_at=datetime.fromisoformat(read).replace(tzinfo=UTC),
            note=note,
        )
        for name, locator, read, note in rows("sources.csv")
    }
