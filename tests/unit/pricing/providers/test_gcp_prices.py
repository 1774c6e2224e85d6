"""The Cloud Billing Catalog; the form of its SKUs is in `tests.support.gcp_skus`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.pricing.adapters.providers.gcp.parsers import GcpParsers
from services.pricing.adapters.providers.gcp.shapes import shapes
from services.pricing.adapters.providers.parsing.documents import Unreadable
from services.pricing.adapters.reference.tables import instances
from services.pricing.domain.offers import Offer, Provider
from tests.support.gcp_skus import host, page, sku
from tests.support.parsed import Parsed, parse

Read = Callable[..., Parsed]
SSD = sku("SSD backed Local Storage", ("0", 80_000_000), group="LocalSSD", family="Storage", unit="GiBy.mo")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*skus: dict[str, Any], regions: tuple[str, ...] = ()) -> Parsed:
        table = GcpParsers().by_name()
        parsed = parse(table["page"], Provider.GCP, page(*skus), tmp_path, regions=regions)
        for part in parse(table["end"], Provider.GCP, b"", tmp_path, regions=regions).parts:
            parsed.add(part)
        return parsed

    return read


def offer(parsed: Parsed, instance: str, purchase: str = "on_demand") -> Offer:
    (found,) = [
        offer
        for offer in parsed.offers
        if offer.key.instance_type == instance and f"{offer.key.purchase}{offer.key.term_months or ''}" == purchase
    ]
    return found


def test_a_machine_type_is_cores_and_memory(read: Read) -> None:
    """N2 in us-central1: 0.031611 a core and 0.004237 a GiB make 0.194236 for four and sixteen, the known price."""
    parsed = read(*host("N2", 31_611_000, 4_237_000))
    found = offer(parsed, "n2-standard-4")
    assert f"{found.hourly.amount:f}" == "0.194236"
    assert "4 core of SKU" in found.source.note and "16 ram of SKU" in found.source.note
    assert parsed.rejected == []
    assert {offer.instance.family for offer in parsed.offers} == {"n2-standard", "n2-highmem", "n2-highcpu"}


def test_units_are_a_string_and_stand_beside_nanos(read: Read) -> None:
    skus = host("A2", 31_611_000, 4_237_000)
    parsed = read(*skus, sku("Nvidia Tesla A100 GPU running in Americas", ("2", 933_908_000), group="GPU"))
    # 12 x 0.031611 + 85 x 0.004237 + 2.933908 = 3.673385, the known price of an a2-highgpu-1g.
    assert f"{offer(parsed, 'a2-highgpu-1g').hourly.amount:f}" == "3.673385"


def test_an_accelerators_host_is_separate_and_its_disks_come_along(read: Read) -> None:
    parsed = read(
        *host("A3", 29_322_700, 2_550_000),
        sku("Nvidia H100 80GB GPU running in Americas", ("9", 796_546_569), group="GPU"),
        SSD,
    )
    # 208 x 0.0293227 + 1872 x 0.00255 + 8 x 9.796546569 + 6000 x 0.08 / 730 = 89.902628399 (by hand).
    found = offer(parsed, "a3-highgpu-8g")
    assert f"{found.hourly.amount:f}" == "89.902628399"
    assert found.instance.gpu is not None and found.instance.gpu.memory_mib == 80 * 1024


def test_a4_is_the_other_way_round(read: Read) -> None:
    """The slice of a GPU has its part of the host in its price: there is no core or memory to add."""
    parsed = read(sku("A4 Nvidia B200 (1 gpu slice) running in Iowa", ("16", 110_000_000), group="GPU"))
    assert parsed.prices == {"gcp~us-central1~a4-highgpu-8g~on_demand": "128.88"}


def test_an_accelerator_without_its_host_is_no_machine(read: Read) -> None:
    parsed = read(sku("Nvidia L4 GPU running in Americas", ("0", 560_004_000), group="GPU"))
    assert parsed.offers == []
    assert set(parsed.reasons) == {"incomplete"}
    assert parsed.rejected[0].detail == "no price of core g2, ram g2"


def test_spot_is_told_by_the_description_whatever_the_usage_type(read: Read) -> None:
    parsed = read(
        *host("G2", 25_000_000, 3_000_000),
        *host("G2", 10_000_000, 1_000_000, prefix="Spot Preemptible ", usage="Preemptible"),
        sku("Nvidia L4 GPU running in Americas", ("0", 560_000_000), group="GPU"),
        # Categorised as on demand though it is not.
        sku("Nvidia L4 GPU attached to Spot Preemptible VMs running in Americas", ("0", 224_000_000), group="GPU"),
    )
    assert f"{offer(parsed, 'g2-standard-4').hourly.amount:f}" == "0.708"
    assert f"{offer(parsed, 'g2-standard-4', 'spot').hourly.amount:f}" == "0.28"


def test_a_commitment_is_told_by_the_description_whatever_the_usage_type(read: Read) -> None:
    def committed(what: str, years: int, nanos: int, usage: str) -> dict[str, Any]:
        unit, plural = ("GiBy.h" if what.endswith("Ram") else "h"), "s" if years == 3 else ""
        text = f"Commitment v1: {what} in Americas for {years} Year{plural}"
        return sku(text, ("0", nanos), usage=usage, unit=unit)

    parsed = read(
        *host("N2", 31_611_000, 4_237_000),
        committed("N2 Cpu", 1, 19_915_000, "Commit1Yr"), committed("N2 Ram", 1, 2_669_000, "OnDemand"),
        committed("N2 Cpu", 3, 14_225_000, "OnDemand"), committed("N2 Ram", 3, 1_907_000, "Commit3Yr"),
    )  # fmt: skip
    # 8 x 0.019915 + 32 x 0.002669 and 8 x 0.014225 + 32 x 0.001907.
    assert f"{offer(parsed, 'n2-standard-8', 'committed_use12').hourly.amount:f}" == "0.244728"
    assert f"{offer(parsed, 'n2-standard-8', 'committed_use36').hourly.amount:f}" == "0.174824"
    assert offer(parsed, "n2-standard-8", "committed_use36").key.plan == "resource"
    assert f"{offer(parsed, 'n2-standard-8').hourly.amount:f}" == "0.388472"


@pytest.mark.parametrize(
    "description",
    [
        "Compute optimized Core running in Americas",
        "Compute optimized Instance Core running in Johannesburg",
        "Commitment: Compute optimized Core running in Americas for 1 Year",
        "Commitment v1: Compute optimized Cpu in Iowa for 3 Years",
        "C2D AMD Instance Core running in Americas",
        "Commitment v1: C2D AMD Cpu in EMEA for 1 Year",
        "N1 Predefined Instance Core running in Zurich",
        "T2A Arm Instance Core running in Americas",
        "M3 Memory-optimized Instance Core running in Iowa",
        "Memory-optimized Instance Core running in Americas",
        "Spot Preemptible E2 Instance Core running in Paris",
        "C4A Arm Instance Core running in Iowa",
        "A3Plus Instance Core running in Iowa",
    ],
)
def test_the_spellings_of_hosts_are_known(tmp_path: Path, description: str) -> None:
    usage = "Preemptible" if "Preemptible" in description else "OnDemand"
    data = page(sku(description, ("0", 1_000_000), usage=usage))
    parsed = parse(GcpParsers().by_name()["page"], Provider.GCP, data, tmp_path)
    assert (parsed.rejected, parsed.out_of_scope) == ([], {"parts of machine types": 1})


@pytest.mark.parametrize(
    ("description", "changes"),
    [
        ("N2 Sole Tenancy Instance Core running in Americas", {}),
        ("N2 Custom Instance Core running in Americas", {}),
        ("N2 Custom Extended Instance Ram running in Americas", {"unit": "GiBy.h"}),
        ("Reserved Nvidia Tesla A100 GPU in Milan", {"group": "GPU"}),
        ("DWS Defined Duration A3 Instance Core running in Iowa", {}),
        ("Commitment - dollar based v1: GCE for 1 year", {}),
        ("Nvidia Tesla T4 GPU running in Americas", {"group": "GPU"}),
        ("Licensing Fee for Windows Server 2022", {"family": "License"}),
        ("Network Internet Egress from Americas", {"family": "Network"}),
        ("Micro Instance with burstable CPU running in Americas", {"group": "F1Micro"}),
        ("Z3 Instance Core running in Iowa", {}),
    ],
)
def test_what_the_catalogue_does_not_hold_is_counted(tmp_path: Path, description: str, changes: dict[str, Any]) -> None:
    parsed = parse(GcpParsers().by_name()["page"], Provider.GCP, page(sku(description, ("0", 1), **changes)), tmp_path)
    assert parsed.rejected == []
    assert parsed.out_of_scope.total() == 1


@pytest.mark.parametrize(
    ("description", "changes", "reason"),
    [
        ("N2 Instance Core running in Americas", {"unit": "mo"}, "unknown_unit"),
        ("N2 Instance Ram running in Americas", {"unit": "h"}, "unknown_unit"),
        ("N2 Instance Core running in Americas", {"usage": "Preemptible"}, "ambiguous"),
        ("N2 Instance Core running in Americas", {"usage": "Commit1Yr"}, "ambiguous"),
        ("N2 Instance Core running in Americas", {"regions": ("us-moon1",)}, "unknown_region"),
        ("Frobnicator running in Americas", {}, "unknown_attribute"),
        ("Nvidia X900 GPU running in Americas", {"group": "GPU"}, "unknown_shape"),
        ("Commitment v9: everything", {}, "unknown_attribute"),
    ],
)
def test_what_is_not_known_is_rejected(tmp_path: Path, description: str, changes: dict[str, Any], reason: str) -> None:
    parsed = parse(GcpParsers().by_name()["page"], Provider.GCP, page(sku(description, ("0", 1), **changes)), tmp_path)
    assert parsed.reasons == [reason]


@pytest.mark.parametrize("price", [("0", 0), ("-1", 0), ("one", 5), ("1.5", 0), ("0", -5), ("0", 1_000_000_000)])
def test_prices_that_are_none_are_rejected(tmp_path: Path, price: tuple[str, int]) -> None:
    data = page(sku("N2 Instance Core running in Americas", price))
    assert parse(GcpParsers().by_name()["page"], Provider.GCP, data, tmp_path).reasons == ["price_invalid"]


def test_a_part_with_two_prices_makes_no_machine(read: Read) -> None:
    twice = sku("N2 Instance Core running in Iowa", ("0", 99_000_000), number="RIVAL")
    parsed = read(*host("N2", 31_611_000, 4_237_000), twice)
    assert parsed.offers == []
    assert parsed.reasons[0] == "ambiguous" and set(parsed.reasons[1:]) == {"incomplete"}


def test_sustained_use_is_a_price_of_its_own_for_families_that_have_it(read: Read) -> None:
    parsed = read(*host("N2", 31_611_000, 4_237_000), *host("E2", 21_811_590, 2_923_530))
    assert f"{offer(parsed, 'n2-standard-4', 'sustained_use').hourly.amount:f}" == "0.1553888"
    assert {o.instance.family.split("-")[0] for o in parsed.offers if o.key.purchase == "sustained_use"} == {"n2"}


def test_regions_that_are_not_asked_for_are_left_out(read: Read) -> None:
    skus = host("N2", 31_611_000, 4_237_000, regions=("us-central1", "europe-west4"))
    assert {offer.key.region for offer in read(*skus, regions=("europe-west4",)).offers} == {"europe-west4"}


def test_a_catalogue_without_a_single_part_is_not_read(read: Read) -> None:
    """A service id that is wrong is answered with success and an empty list."""
    with pytest.raises(Unreadable):
        read()


def test_shapes_agree_with_the_reference_catalogue() -> None:
    """Both were written by hand from different pages."""
    table = {shape.instance.type: shape.instance for shape in shapes()}
    for name, instance in instances().items():
        if instance.provider is Provider.GCP:
            found = table[name]
            assert (found.millicpus, found.memory_mib, found.gpu) == (
                instance.millicpus, instance.memory_mib, instance.gpu,
            )  # fmt: skip
