"""The EC2 price list. The form of its rows is that of the CSV in "Reading the service price list file", AWS Billing
user guide, as `tests.support.aws_price_file` has it; each test changes the columns that make a trap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.pricing.adapters.providers.aws.parsers import AwsParsers
from services.pricing.adapters.providers.parsing.documents import Unreadable
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Architecture, CpuUnit, Licence, OperatingSystem, Provider
from tests.support.aws_price_file import COLUMNS, RESERVED, price_file, row, system
from tests.support.parsed import NOW, URL, Parsed, parse

Read = Callable[..., Parsed]
UPFRONT = {"Unit": "Quantity", "StartingRange": "", "EndingRange": ""}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*rows: dict[str, str], region: str = "us-east-1") -> Parsed:
        return parse(AwsParsers().by_name()["ec2"], Provider.AWS, price_file(rows), tmp_path, region=region)

    return read


def test_an_on_demand_row_is_an_offer_with_its_source(read: Read) -> None:
    parsed = read(row())
    (offer,) = parsed.offers
    assert offer.key.id == "aws~us-east-1~m7i.large~on_demand"
    assert offer.hourly == Money(100_800_000)
    assert (offer.instance.millicpus, offer.instance.memory_mib, offer.instance.family) == (2000, 8192, "m7i")
    assert (offer.instance.architecture, offer.instance.cpu_unit) == (Architecture.X86_64, CpuUnit.THREAD)
    assert (offer.instance.burstable, offer.instance.local_disk_gib, offer.instance.gpu) == (False, 0, None)
    assert (offer.source.locator, offer.source.observed_at) == (URL, NOW)
    assert f"{offer.source.effective_from:%Y-%m-%d}" == "2026-11-01"
    assert parsed.done.published_at is not None and parsed.done.published_at.year == 2026


def test_what_is_paid_upfront_is_spread_over_8760_hours_a_year(read: Read) -> None:
    term = RESERVED | {"OfferTermCode": "38NPMPTW36", "LeaseContractLength": "3yr", "PurchaseOption": "Partial Upfront"}
    parsed = read(
        row(),
        row(term | {"PricePerUnit": "0.1046300000"}),
        row(term | UPFRONT | {"PricePerUnit": "2750"}),
    )
    offer = parsed.offers[1]
    assert offer.key.id == "aws~us-east-1~m7i.large~reserved~~~~~36~partial_upfront~standard"
    # 0.10463 + 2,750 / 26,280 = 0.2092723135..., rounded to a billionth.
    assert offer.hourly == Money(209_272_314)
    assert offer.upfront == Money.of("2750")
    assert offer.source.note == "0.10463 an hour and 2750 upfront over 26280 hours"


def test_all_and_no_upfront_and_the_class_are_different_offers(read: Read) -> None:
    everything = RESERVED | {"OfferTermCode": "A", "PurchaseOption": "All Upfront"}
    nothing = RESERVED | {"OfferTermCode": "B", "PurchaseOption": "No Upfront", "OfferingClass": "convertible"}
    parsed = read(
        row(everything | UPFRONT | {"PricePerUnit": "519"}),
        row(),
        row(everything | {"PricePerUnit": "0.0000000000"}),
        row(nothing | {"PricePerUnit": "0.0635000000"}),
    )
    assert parsed.prices == {
        "aws~us-east-1~m7i.large~on_demand": "0.1008",
        "aws~us-east-1~m7i.large~reserved~~~~~12~all_upfront~standard": "0.059246575",
        "aws~us-east-1~m7i.large~reserved~~~~~12~no_upfront~convertible": "0.0635",
    }
    assert [offer.upfront for offer in parsed.offers] == [None, Money.of("519"), Money(0)]


def test_half_of_a_reserved_price_is_no_offer(read: Read) -> None:
    parsed = read(row(), row(RESERVED | {"PurchaseOption": "All Upfront"} | UPFRONT | {"PricePerUnit": "519"}))
    assert (len(parsed.offers), parsed.reasons) == (1, ["incomplete"])


def test_windows_with_ones_own_licence_has_linuxs_price_and_is_told_apart(read: Read) -> None:
    parsed = read(
        row(),
        row(system("Windows") | {"SKU": "W", "PricePerUnit": "0.1928000000"}),
        row(system("Windows BYOL") | {"SKU": "B"}),
    )
    assert parsed.prices == {
        "aws~us-east-1~m7i.large~on_demand": "0.1008",
        "aws~us-east-1~m7i.large~on_demand~windows": "0.1928",
        "aws~us-east-1~m7i.large~on_demand~windows~~bring_your_own": "0.1008",
    }
    assert parsed.offers[2].key.licence is Licence.BRING_YOUR_OWN


def test_windows_at_linuxs_price_that_says_its_licence_is_included_is_rejected(read: Read) -> None:
    cells = system("Windows BYOL") | {"License Model": "No License required"}
    parsed = read(row(cells))
    assert (parsed.offers, parsed.reasons) == ([], ["ambiguous"])
    assert "RunInstances:0800" in parsed.rejected[0].detail


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ({"CapacityStatus": "UnusedCapacityReservation", "usageType": "UnusedBox:m7i.large"}, "capacity status"),
        ({"CapacityStatus": "AllocatedCapacityReservation", "PricePerUnit": "0.0000000000"}, "capacity status"),
        ({"MarketOption": "CapacityBlock", "PricePerUnit": "0.0000000000"}, "capacity block"),
        ({"Tenancy": "Host", "PricePerUnit": "0.0000000000"}, "dedicated host"),
        ({"Pre Installed S/W": "SQL Web", "operation": "RunInstances:0200"}, "installed ahead"),
        ({"Product Family": "Storage", "Instance Type": ""}, "product family Storage"),
        ({"Location Type": "AWS Outposts"}, "outposts"),
    ],
)
def test_duplicates_that_are_other_products_are_counted(read: Read, columns: dict[str, str], kind: str) -> None:
    parsed = read(row(), row(columns | {"SKU": "OTHER"}))
    assert len(parsed.offers) == 1
    assert parsed.rejected == []
    assert [kind in counted for counted in parsed.out_of_scope] == [True]


def test_a_local_zone_has_a_price_of_its_own(read: Read) -> None:
    zone = {
        "SKU": "Z", "Location": "US West (Los Angeles)", "Location Type": "AWS Local Zone",
        "Region Code": "us-west-2-lax-1", "usageType": "LAX1-BoxUsage:m7i.large", "PricePerUnit": "0.1210000000",
    }  # fmt: skip
    parent = {"Location": "US West (Oregon)", "Region Code": "us-west-2", "usageType": "USW2-BoxUsage:m7i.large"}
    parsed = read(row(parent), row(zone), region="us-west-2")
    assert parsed.prices == {
        "aws~us-west-2~m7i.large~on_demand": "0.1008",
        "aws~us-west-2~m7i.large~on_demand~~us-west-2-lax-1": "0.121",
    }


def test_a_local_zone_under_its_parents_code_is_rejected(read: Read) -> None:
    parsed = read(row({"Location": "US East (Boston)", "Location Type": "AWS Local Zone"}))
    assert (parsed.offers, parsed.reasons) == ([], ["ambiguous"])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"Region Code": "US East (N. Virginia)"}, "unknown_region"),
        ({"Region Code": "us-mars-1"}, "unknown_region"),
        ({"Region Code": "eu-west-1"}, "ambiguous"),
        ({"CapacityStatus": "Lent"}, "unknown_attribute"),
        ({"MarketOption": "Auction"}, "unknown_attribute"),
        ({"Operating System": "Plan 9"}, "unknown_attribute"),
        ({"Tenancy": "Timeshare"}, "unknown_attribute"),
        ({"License Model": "Site licence"}, "unknown_attribute"),
        ({"operation": "RunInstances:zzzz"}, "unknown_attribute"),
        ({"usageType": "UnusedBox:m7i.large"}, "ambiguous"),
        ({"Unit": "Seconds"}, "unknown_unit"),
        ({"StartingRange": "100"}, "ambiguous"),
        ({"Currency": "CNY"}, "price_invalid"),
        ({"PricePerUnit": "free"}, "price_invalid"),
        ({"PricePerUnit": "0.0000000000"}, "price_invalid"),
        ({"PricePerUnit": "-1"}, "price_invalid"),
        ({"PricePerUnit": "NaN"}, "price_invalid"),
        ({"Memory": "lots"}, "unknown_shape"),
        ({"vCPU": "NA"}, "unknown_shape"),
        ({"GPU": "8"}, "unknown_shape"),
        ({"Instance Type": "m7i large"}, "malformed"),
    ],
)
def test_what_is_not_known_is_rejected_with_a_reason(read: Read, columns: dict[str, str], reason: str) -> None:
    parsed = read(row(columns))
    assert (parsed.offers, parsed.reasons) == ([], [reason])
    assert parsed.rejected[0].source == URL


def test_a_rejected_products_terms_do_not_say_it_again(read: Read) -> None:
    unknown = {"Operating System": "Plan 9"}
    terms = [row(unknown | RESERVED | {"PurchaseOption": "No Upfront", "OfferTermCode": code}) for code in "ABC"]
    parsed = read(row(unknown), *terms)
    assert parsed.reasons == ["unknown_attribute"]
    assert parsed.out_of_scope == {"terms of products that are rejected": 3}


def test_two_products_that_nothing_tells_apart_are_both_rejected(read: Read) -> None:
    term = RESERVED | {"PurchaseOption": "No Upfront", "PricePerUnit": "0.0600000000"}
    parsed = read(row({"SKU": "A"}), row(term | {"SKU": "A"}), row({"SKU": "B", "PricePerUnit": "0.2000000000"}))
    assert (parsed.offers, parsed.reasons) == ([], ["ambiguous"] * 3)


def test_the_same_product_twice_at_one_price_is_one_offer(read: Read) -> None:
    parsed = read(row({"SKU": "A"}), row({"SKU": "B"}))
    assert len(parsed.offers) == 1
    assert parsed.out_of_scope == {"doubles at the same price": 1}


def test_accelerators_are_those_of_the_family(read: Read) -> None:
    def accelerated(name: str, count: str) -> dict[str, str]:
        return row({"SKU": name, "Instance Type": name, "usageType": f"BoxUsage:{name}", "GPU": count})

    parsed = read(
        accelerated("p4d.24xlarge", "8"), accelerated("p4de.24xlarge", "8"), accelerated("p5.48xlarge", "8"),
        accelerated("g6f.large", "1"), accelerated("trn1.32xlarge", ""), accelerated("g99.xlarge", "1"),
    )  # fmt: skip
    assert [
        (offer.instance.gpu.model, str(offer.instance.gpu.count), offer.instance.gpu.memory_mib)
        for offer in parsed.offers
        if offer.instance.gpu is not None
    ] == [
        ("A100", "8", 40960), ("A100-80GB", "8", 81920), ("H100", "8", 81920), ("L4", "0.125", 24576),
        ("Trainium", "16", 32768),
    ]  # fmt: skip
    assert parsed.reasons == ["unknown_shape"]


def test_graviton_is_told_by_its_processor(read: Read) -> None:
    cells = {"Instance Type": "m7g.large", "usageType": "BoxUsage:m7g.large", "Physical Processor": "AWS Graviton3"}
    (offer,) = read(row(cells)).offers
    assert (offer.instance.architecture, offer.instance.cpu_unit) == (Architecture.ARM64, CpuUnit.CORE)
    assert offer.key.os is OperatingSystem.LINUX


def test_every_row_ends_somewhere(read: Read) -> None:
    term = RESERVED | {"PurchaseOption": "Partial Upfront", "OfferTermCode": "T"}
    rows = [
        row(), row(term | {"PricePerUnit": "0.03"}), row(term | UPFRONT | {"PricePerUnit": "200"}),
        row({"SKU": "X", "CapacityStatus": "NA"}), row({"SKU": "Y", "Unit": "Days"}),
    ]  # fmt: skip
    parsed = read(*rows)
    assert parsed.parts[-1].rows == parsed.accounted == len(rows)


def test_a_row_without_all_columns_is_rejected(tmp_path: Path) -> None:
    data = price_file([row()]) + b'"2223B6PCG6QAUYY6","JRTCKXETXF"\n'
    parsed = parse(AwsParsers().by_name()["ec2"], Provider.AWS, data, tmp_path, region="us-east-1")
    assert (len(parsed.offers), parsed.reasons) == (1, ["malformed"])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>not found</html>",
        b'"FormatVersion","v1.0"\n',
        price_file([row()]).replace(b"AmazonEC2", b"AmazonRDS"),
        price_file([row()]).replace(b'"v1.0"', b'"v2.0"'),
        price_file([row()], tuple(name for name in COLUMNS if name != "CapacityStatus")),
        price_file([row({"Location": "x" * 100_000})]),
        price_file([row()]) + b"\xff\xfe",
    ],
)
def test_another_document_is_not_read(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(AwsParsers().by_name()["ec2"], Provider.AWS, data, tmp_path, region="us-east-1")
