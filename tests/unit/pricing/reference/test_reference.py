"""The catalogue that the project brings along: complete, sourced, and right where its sources are known to mislead."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from services.pricing.adapters.providers.azure.sizes import size
from services.pricing.adapters.providers.gcp.shapes import shapes
from services.pricing.adapters.reference import load_reference
from services.pricing.domain.geography import region
from services.pricing.domain.money import Money
from services.pricing.domain.offers import (
    Architecture,
    CpuUnit,
    Instance,
    Offer,
    OfferKey,
    OperatingSystem,
    Provider,
    Purchase,
)

OFFERS = load_reference()
FROM_MONTHS = (Purchase.SUSTAINED_USE, Purchase.COMMITTED_USE)
BY_KEY = {offer.key: offer for offer in OFFERS}
INSTANCES = {offer.instance.type: offer.instance for offer in OFFERS}


def found(provider: Provider, region: str, instance_type: str, purchase: Purchase = Purchase.ON_DEMAND) -> Offer | None:
    return BY_KEY.get(OfferKey(provider, region, instance_type, purchase))


def test_every_on_demand_price_of_the_facts_is_there() -> None:
    counted = Counter((each.key.provider, each.key.purchase) for each in OFFERS)
    assert [counted[provider, Purchase.ON_DEMAND] for provider in Provider] == [341, 318, 310]


def test_each_key_has_one_price() -> None:
    assert len(BY_KEY) == len(OFFERS)


def test_each_offer_names_its_source_and_the_day_it_was_read() -> None:
    for offer in OFFERS:
        assert offer.source.provider is offer.key.provider
        assert offer.source.locator.startswith("https://")
        day = "2026-11-21" if offer.key.purchase in FROM_MONTHS else "2026-11-20"
        assert f"{offer.source.observed_at:%Y-%m-%d}" == day
        assert offer.source.observed_at.tzinfo is not None
        assert offer.source.effective_from is None


def test_each_region_is_known() -> None:
    assert [offer.key for offer in OFFERS if region(offer.key.provider, offer.key.region) is None] == []


def test_all_are_linux_prices_in_dollars_of_shared_machines() -> None:
    assert {(each.key.os, each.key.currency, each.key.zone) for each in OFFERS} == {(OperatingSystem.LINUX, "USD", "")}


def test_offers_of_one_type_share_one_instance() -> None:
    assert len({id(offer.instance) for offer in OFFERS}) == len(INSTANCES) == 142


def test_spot_prices_that_are_placeholders_are_left_out() -> None:
    for offer in OFFERS:
        if offer.key.purchase is Purchase.SPOT:
            full = found(offer.key.provider, offer.key.region, offer.key.instance_type)
            assert full is not None
            assert offer.hourly.nanos < full.hourly.nanos
            assert offer.hourly.amount != (full.hourly.amount / 10).quantize(Decimal("0.0001"))
    assert found(Provider.AWS, "eu-central-1", "p3.8xlarge", Purchase.SPOT) is None
    assert found(Provider.AWS, "ap-south-1", "x1.32xlarge", Purchase.SPOT) is None
    assert found(Provider.AWS, "us-east-1", "x1.32xlarge", Purchase.SPOT) is not None


def test_azures_spot_prices_are_left_out() -> None:
    assert not any(each.key.provider is Provider.AZURE and each.key.purchase is Purchase.SPOT for each in OFFERS)


def test_a_spot_price_says_that_it_is_no_quote() -> None:
    assert all("not a quote" in each.source.note for each in OFFERS if each.key.purchase is Purchase.SPOT)


def test_what_is_not_in_the_facts_is_unknown_and_not_zero() -> None:
    assert not any(offer.key.region == "sa-east-1" for offer in OFFERS)
    assert all(offer.hourly.nanos > 0 for offer in OFFERS)


@pytest.mark.parametrize("name", ["t2a-standard-2", "Standard_D2ps_v5", "Standard_E4ps_v5", "c7g.large", "t4g.micro"])
def test_arm_machines_are_marked_as_such(name: str) -> None:
    assert INSTANCES[name].architecture is Architecture.ARM64


@pytest.mark.parametrize(
    "name", ["t2d-standard-4", "Standard_D2s_v5", "Standard_D2as_v5", "c7i.large", "n2-standard-4"]
)
def test_other_machines_are_not(name: str) -> None:
    assert INSTANCES[name].architecture is Architecture.X86_64


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("m7g.large", CpuUnit.CORE),
        ("c8a.12xlarge", CpuUnit.CORE),
        ("m7i.large", CpuUnit.THREAD),
        ("t2a-standard-4", CpuUnit.CORE),
        ("t2d-standard-4", CpuUnit.CORE),
        ("n2-standard-4", CpuUnit.THREAD),
        ("Standard_D2ps_v5", CpuUnit.CORE),
        ("Standard_D2s_v5", CpuUnit.THREAD),
    ],
)
def test_a_vcpu_is_a_thread_or_a_core(name: str, unit: CpuUnit) -> None:
    assert INSTANCES[name].cpu_unit is unit


@pytest.mark.parametrize(
    ("name", "model", "count", "gib"),
    [
        ("Standard_ND96isr_H100_v5", "H100", 8, 80),
        ("Standard_NC40ads_H100_v5", "H100", 1, 94),
        ("Standard_NC80adis_H100_v5", "H100", 2, 94),
        ("Standard_ND96isr_H200_v5", "H200", 8, 141),
        ("Standard_ND96asr_v4", "A100", 8, 40),
        ("Standard_ND96amsr_A100_v4", "A100-80GB", 8, 80),
        ("Standard_NV36ads_A10_v5", "A10", 1, 24),
        ("a3-highgpu-8g", "H100", 8, 80),
        ("g2-standard-4", "L4", 1, 24),
        ("g6.xlarge", "L4", 1, 24),
        ("g5.12xlarge", "A10G", 4, 24),
        ("g6e.xlarge", "L40S", 1, 48),
        ("p6-b200.48xlarge", "B200", 8, 180),
    ],
)
def test_accelerators_have_their_number_and_nominal_memory(name: str, model: str, count: int, gib: int) -> None:
    gpu = INSTANCES[name].gpu
    assert gpu is not None
    assert (gpu.model, gpu.count, gpu.memory_mib) == (model, Decimal(count), gib * 1024)


def test_burstable_are_the_types_that_work_on_credits() -> None:
    assert {each.family for each in INSTANCES.values() if each.burstable} == {"t3", "t4g", "Bs", "Bms"}


def test_a_machine_with_its_own_disk_says_whether_the_price_has_it() -> None:
    without = found(Provider.GCP, "europe-west1", "a3-highgpu-8g")
    within = found(Provider.GCP, "us-central1", "a2-ultragpu-1g")
    assert without is not None and "without that of the local SSD" in without.source.note
    assert within is not None and "with the local SSD" in within.source.note


@pytest.mark.parametrize(
    ("provider", "where", "name", "purchase", "dollars"),
    [
        (Provider.AWS, "us-east-1", "p4d.24xlarge", Purchase.ON_DEMAND, "21.957642"),
        (Provider.AWS, "us-east-1", "m7i.large", Purchase.SPOT, "0.0316"),
        (Provider.AZURE, "eastus", "Standard_D2s_v5", Purchase.ON_DEMAND, "0.096"),
        (Provider.GCP, "southamerica-east1", "e2-standard-4", Purchase.ON_DEMAND, "0.21274"),
    ],
)
def test_prices_are_those_of_the_facts(
    provider: Provider, where: str, name: str, purchase: Purchase, dollars: str
) -> None:
    offer = found(provider, where, name, purchase)
    assert offer is not None
    assert offer.hourly == Money.of(dollars)


def test_the_price_of_a_retired_type_says_so() -> None:
    retired = [each.source.note for each in OFFERS if each.instance.type == "Standard_NC6s_v3"]
    assert len(retired) == 8
    assert all("retired on 2025-09-30" in note for note in retired)


def test_types_are_what_the_readers_of_the_providers_interfaces_take_them_for() -> None:
    """Two tables, written apart: a refresh must not change what a type is."""
    machines = {each.instance.type: each.instance for each in shapes()}
    for name, each in INSTANCES.items():
        other = size(name) if each.provider is Provider.AZURE else machines.get(name)
        if each.provider is not Provider.AWS:
            assert other is not None, name
            told = replace(
                each,
                cpu_unit=other.cpu_unit or each.cpu_unit,
                local_disk_gib=other.local_disk_gib or each.local_disk_gib,
                network_mbps=other.network_mbps or each.network_mbps,
            )
            filled = replace(
                other,
                cpu_unit=other.cpu_unit or each.cpu_unit,
                local_disk_gib=other.local_disk_gib or each.local_disk_gib,
                network_mbps=other.network_mbps or each.network_mbps,
            )
            assert told == filled


def test_an_instance_is_plausible() -> None:
    def plausible(each: Instance) -> bool:
        return each.millicpus >= 1_000 and each.memory_mib >= 1_024 and bool(each.family)

    assert [name for name, each in INSTANCES.items() if not plausible(each)] == []


def committed(where: str, name: str, term_months: int) -> Offer:
    return BY_KEY[
        OfferKey(
            Provider.GCP,
            where,
            name,
            Purchase.COMMITTED_USE,
            term_months=term_months,
            plan="resource",
        )
    ]


@pytest.mark.parametrize(
    ("where", "name", "one_year", "three_years"),
    [
        # By hand, from the file's months: n2-standard-128 2858.42304 and 2041.94432 dollars, by 32 and by 730 hours.
        ("us-central1", "n2-standard-4", "0.122364", "0.087412"),
        # e2-micro 6.114968005 and 4.367834185 dollars, times 16, by 730.
        ("southamerica-east1", "e2-standard-4", "0.134026696", "0.095733352"),
        # a2-highgpu-1g 1689.3711392 and 938.56707798 dollars, times 8, by 730.
        ("us-central1", "a2-highgpu-8g", "18.51365632", "10.285666608"),
        # g2-standard-16 527.60109206 and 376.85789443, -32 797.63967862 and 569.74257075: three quarters of their
        # difference less than the former.
        ("us-central1", "g2-standard-4", "0.445304318", "0.318074503"),
    ],
)
def test_commitments_are_the_months_of_the_source_by_the_hour(
    where: str, name: str, one_year: str, three_years: str
) -> None:
    assert committed(where, name, 12).hourly == Money.of(one_year)
    assert committed(where, name, 36).hourly == Money.of(three_years)


def test_a_commitment_of_three_years_costs_less_than_one_of_one_and_that_less_than_on_demand() -> None:
    for offer in OFFERS:
        if offer.key.purchase is Purchase.COMMITTED_USE and offer.key.term_months == 36:
            where, name = offer.key.region, offer.key.instance_type
            full = found(Provider.GCP, where, name)
            assert full is not None
            assert offer.hourly.nanos < committed(where, name, 12).hourly.nanos < full.hourly.nanos


def test_discounts_are_what_google_publishes() -> None:
    """37 and 55 % for most families, 41 and 70 % for M series, 20 % and 30 % for a whole month's use of N2 and N1."""

    def share(offer: Offer) -> int:
        full = found(Provider.GCP, offer.key.region, offer.key.instance_type)
        assert full is not None
        return round(100 * offer.hourly.nanos / full.hourly.nanos)

    here = [each for each in OFFERS if each.key.purchase in FROM_MONTHS and each.key.region == "us-central1"]
    assert {share(each) for each in here if each.instance.family == "n2-standard"} == {80, 63, 45}
    assert {share(each) for each in here if each.instance.family == "n1-standard"} == {70, 63, 45}
    assert {share(each) for each in here if each.instance.family == "m3-ultramem"} == {59, 30}
    assert {share(each) for each in here if each.instance.family == "c2-standard"} == {80, 63, 40}


@pytest.mark.parametrize("family", ["n4-standard", "t2a-standard", "c4d-standard", "a3-highgpu", "a2-ultragpu"])
def test_a_discount_on_another_price_than_ours_is_left_out(family: str) -> None:
    assert [each for each in OFFERS if each.key.purchase in FROM_MONTHS and each.instance.family == family] == []


def test_sizes_of_a_family_that_are_priced_in_proportion_have_the_same_proportions() -> None:
    of_family: dict[str, set[Decimal]] = {}
    for each in OFFERS:
        if each.key.purchase in FROM_MONTHS and not each.instance.type.startswith("g2-"):
            ratio = Decimal(each.instance.memory_mib) / each.instance.millicpus
            of_family.setdefault(each.instance.family, set()).add(ratio)
    assert of_family and all(len(ratios) == 1 for ratios in of_family.values())
