"""Files of the EC2 price list, of any size: in the form of the real ones, with rows of our own.

The names of the columns and the form of a row are those of AmazonEC2 version 20250912225308, as the CSV in "Reading the
service price list file" (AWS Billing user guide) describes it; every price is made up.
`python -m tests.support.aws_price_file PATH BYTES` writes one.
"""

from __future__ import annotations

import csv
import io
import itertools
import sys
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

_NAMES = (
    "SKU|OfferTermCode|RateCode|TermType|PriceDescription|EffectiveDate|StartingRange|EndingRange|Unit|PricePerUnit|"
    "Currency|RelatedTo|LeaseContractLength|PurchaseOption|OfferingClass|Product Family|serviceCode|Location|"
    "Location Type|Instance Type|Current Generation|Instance Family|vCPU|Physical Processor|Clock Speed|Memory|Storage|"
    "Network Performance|Processor Architecture|Storage Media|Volume Type|Max Volume Size|Max IOPS/volume|"
    "Max IOPS Burst Performance|Max throughput/volume|Provisioned|Tenancy|EBS Optimized|Operating System|License Model|"
    "Group|Group Description|Transfer Type|From Location|From Location Type|To Location|To Location Type|usageType|"
    "operation|AvailabilityZone|CapacityStatus|ClassicNetworkingSupport|Dedicated EBS Throughput|ECU|"
    "Elastic Graphics Type|Enhanced Networking Supported|From Region Code|GPU|GPU Memory|Instance|"
    "Instance Capacity - 10xlarge|Instance Capacity - 12xlarge|Instance Capacity - 16xlarge|"
    "Instance Capacity - 18xlarge|Instance Capacity - 24xlarge|Instance Capacity - 2xlarge|"
    "Instance Capacity - 32xlarge|Instance Capacity - 4xlarge|Instance Capacity - 8xlarge|Instance Capacity - 9xlarge|"
    "Instance Capacity - large|Instance Capacity - medium|Instance Capacity - metal|Instance Capacity - xlarge|"
    "instanceSKU|Intel AVX2 Available|Intel AVX Available|Intel Turbo Available|MarketOption|"
    "Normalization Size Factor|Physical Cores|Pre Installed S/W|Processor Features|Product Type|Region Code|"
    "Resource Type|serviceName|SnapshotArchiveFeeType|To Region Code|Volume API Name|VPCNetworkingSupport"
)
COLUMNS = tuple(_NAMES.split("|"))
_LINUX = {
    "SKU": "2223B6PCG6QAUYY6", "OfferTermCode": "JRTCKXETXF", "TermType": "OnDemand", "EffectiveDate": "2026-11-01",
    "StartingRange": "0", "EndingRange": "Inf", "Unit": "Hrs", "PricePerUnit": "0.1008000000", "Currency": "USD",
    "Product Family": "Compute Instance", "serviceCode": "AmazonEC2", "Location": "US East (N. Virginia)",
    "Location Type": "AWS Region", "Instance Type": "m7i.large", "Current Generation": "Yes",
    "Instance Family": "General purpose", "vCPU": "2", "Physical Processor": "Intel Xeon Scalable (Sapphire Rapids)",
    "Clock Speed": "3.2 GHz", "Memory": "8 GiB", "Storage": "EBS only", "Network Performance": "Up to 12500 Megabit",
    "Processor Architecture": "64-bit", "Tenancy": "Shared", "Operating System": "Linux",
    "License Model": "No License required", "usageType": "BoxUsage:m7i.large", "operation": "RunInstances",
    "AvailabilityZone": "NA", "CapacityStatus": "Used", "ClassicNetworkingSupport": "false", "ECU": "NA",
    "Dedicated EBS Throughput": "Up to 10000 Mbps", "Enhanced Networking Supported": "Yes", "GPU Memory": "NA",
    "Intel AVX2 Available": "Yes", "Intel AVX Available": "Yes", "Intel Turbo Available": "Yes",
    "MarketOption": "OnDemand", "Normalization Size Factor": "4", "Pre Installed S/W": "NA",
    "Processor Features": "Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo", "Region Code": "us-east-1",
    "serviceName": "Amazon Elastic Compute Cloud", "VPCNetworkingSupport": "true",
}  # fmt: skip
RESERVED = {"TermType": "Reserved", "LeaseContractLength": "1yr", "OfferingClass": "standard"}
"""With what an on-demand row becomes a reserved one; purchase option, unit and price are said beside it."""
SYSTEMS = {
    "Linux": ("Linux", "No License required", "RunInstances"),
    "Windows": ("Windows", "No License required", "RunInstances:0002"),
    "Windows BYOL": ("Windows", "Bring your own license", "RunInstances:0800"),
    "RHEL": ("RHEL", "No License required", "RunInstances:0010"),
    "SUSE": ("SUSE", "No License required", "RunInstances:000g"),
}


def row(columns: dict[str, str] | None = None) -> dict[str, str]:
    """An m7i.large with Linux on demand, but for these columns; the rate code follows SKU and term."""
    cells = _LINUX | (columns or {})
    rate = "2TG2D8R56U" if cells["Unit"] == "Quantity" else "6YS6EN2CT7"
    return {"RateCode": f"{cells['SKU']}.{cells['OfferTermCode']}.{rate}"} | cells


def system(name: str) -> dict[str, str]:
    """The columns of an operating system, by its name in `SYSTEMS`."""
    os, licence, operation = SYSTEMS[name]
    return {"Operating System": os, "License Model": licence, "operation": operation}


def price_file(rows: Iterable[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """A whole file."""
    return b"".join(stream(rows, columns))


def stream(rows: Iterable[dict[str, str]], columns: tuple[str, ...] = COLUMNS) -> Iterator[bytes]:
    """A file, piece by piece."""
    about = (
        ("FormatVersion", "v1.0"), ("Disclaimer", "These prices are made up."),
        ("Publication Date", "2026-11-20T18:32:21Z"), ("Version", "20261120183221"), ("OfferCode", "AmazonEC2"),
    )  # fmt: skip
    yield _csv([*about, columns])
    batch: list[list[str]] = []
    for cells in rows:
        batch.append([cells.get(column, "") for column in columns])
        if len(batch) == 500:
            yield _csv(batch)
            batch = []
    yield _csv(batch)


def sized(size: int) -> Iterator[bytes]:
    """A file of at least so many bytes, piece by piece: every row is of another product or another term."""
    written = 0
    for piece in stream(synthetic()):
        yield piece
        written += len(piece)
        if written >= size:
            return


def synthetic() -> Iterator[dict[str, str]]:
    """Rows without end, in the proportions of a real region: half of them are of products out of the catalogue."""
    serial = itertools.count()
    for number in itertools.count():
        family, power = f"{'mcr'[number % 3]}{7 + number // 24}i", number // 3 % 8
        size = {
            "Instance Type": f"{family}.{2**power}xlarge", "vCPU": str(4 * 2**power), "Memory": f"{16 * 2**power} GiB",
        }  # fmt: skip
        for name, (tenancy, usage) in itertools.product(SYSTEMS, (("Shared", "Box"), ("Dedicated", "Dedicated"))):
            for software in ("NA", "SQL Web"):
                product = size | system(name) | {
                    "Tenancy": tenancy, "usageType": f"{usage}Usage:{size['Instance Type']}",
                    "Pre Installed S/W": software,
                }  # fmt: skip
                price = Decimal("0.2016") * 2**power + Decimal(next(serial) % 97) / 10_000
                yield from _product(product, price, serial)


def _product(product: dict[str, str], price: Decimal, serial: Iterator[int]) -> Iterator[dict[str, str]]:
    sku = f"{next(serial):016X}"
    yield row(product | {"SKU": sku, "PricePerUnit": f"{price:.10f}"})
    for status in ("UnusedCapacityReservation", "AllocatedCapacityReservation"):
        yield row(product | {"SKU": f"{next(serial):016X}", "CapacityStatus": status, "PricePerUnit": f"{price:.10f}"})
    for code, (lease, years), offering, part in (
        (f"TERM{number:06d}", *term)
        for number, term in enumerate(
            itertools.product((("1yr", 1), ("3yr", 3)), ("standard", "convertible"), ("No", "Partial", "All"))
        )
    ):
        hourly = price * {1: 7, 3: 5}[years] / 10
        term = product | RESERVED | {
            "SKU": sku, "OfferTermCode": code, "LeaseContractLength": lease, "OfferingClass": offering,
            "PurchaseOption": f"{part} Upfront",
        }  # fmt: skip
        left = {"No": hourly, "Partial": hourly / 2, "All": Decimal(0)}[part]
        yield row(term | {"PricePerUnit": f"{left:.10f}"})
        if part != "No":
            fee = round((hourly - left) * 8760 * years)
            upfront = {"Unit": "Quantity", "PricePerUnit": str(fee), "StartingRange": "", "EndingRange": ""}
            yield row(term | upfront)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    with Path(sys.argv[1]).open("wb") as file:
        file.writelines(sized(int(sys.argv[2])))
