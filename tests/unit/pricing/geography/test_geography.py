"""The tables of regions and areas, and what a zone's code belongs to."""

from __future__ import annotations

import pytest

from services.pricing.domain.geography import AREAS, Partition, ZoneKind, place, region, regions, regions_of
from services.pricing.domain.offers import Provider


def test_each_region_is_complete_and_there_once() -> None:
    every = regions()
    assert len({(each.provider, each.code) for each in every}) == len(every)
    for each in every:
        assert each.name and each.name_pt and each.city and each.city_pt
        assert len(each.country) == 2 and each.country.isupper()
        assert each.areas <= AREAS.keys()
        assert any(AREAS[area].country == each.country for area in each.areas)


def test_each_area_has_a_region_in_some_partition() -> None:
    for area in AREAS:
        assert any(regions_of(area, partition) for partition in Partition), area


@pytest.mark.parametrize(
    ("provider", "code", "country", "areas"),
    [
        (Provider.AWS, "sa-east-1", "BR", {"brazil", "south-america", "latin-america", "americas"}),
        (Provider.AWS, "eu-west-2", "GB", {"uk", "europe"}),
        (Provider.AWS, "eu-central-1", "DE", {"germany", "europe", "eu"}),
        (Provider.AZURE, "eastus", "US", {"usa", "north-america", "americas"}),
        (Provider.AZURE, "australiaeast", "AU", {"australia", "asia-pacific", "oceania"}),
        (Provider.GCP, "europe-west6", "CH", {"switzerland", "europe"}),
        (Provider.GCP, "asia-south1", "IN", {"india", "asia", "asia-pacific"}),
        (Provider.GCP, "northamerica-south1", "MX", {"mexico", "north-america", "latin-america", "americas"}),
    ],
)
def test_a_region_is_in_its_country_and_the_groups_of_it(
    provider: Provider, code: str, country: str, areas: set[str]
) -> None:
    found = region(provider, code)
    assert found is not None
    assert (found.country, set(found.areas)) == (country, areas)


def test_a_region_is_known_by_its_code_and_by_nothing_else() -> None:
    assert region(Provider.AWS, "US East (N. Virginia)") is None
    assert region(Provider.AZURE, "us-east-1") is None
    assert region(Provider.AZURE, "East US") is None


def test_brazil_has_a_region_of_each_provider() -> None:
    assert {(each.provider.value, each.code) for each in regions_of("brazil")} == {
        ("aws", "sa-east-1"),
        ("azure", "brazilsouth"),
        ("azure", "brazilsoutheast"),
        ("gcp", "southamerica-east1"),
    }


def test_government_and_china_are_apart() -> None:
    assert all(each.partition is Partition.COMMERCIAL for each in regions_of("usa"))
    assert {each.code for each in regions_of("usa", Partition.GOVERNMENT)} >= {"us-gov-west-1", "usgovvirginia"}
    assert regions_of("china") == ()
    assert {each.code for each in regions_of("china", Partition.CHINA)} >= {"cn-north-1", "chinanorth3"}


def test_an_unknown_area_has_no_regions() -> None:
    assert regions_of("atlantis") == ()


@pytest.mark.parametrize(
    ("provider", "code", "parent", "zone", "kind"),
    [
        (Provider.AWS, "us-east-1", "us-east-1", "", ZoneKind.NONE),
        (Provider.AWS, "us-east-1a", "us-east-1", "us-east-1a", ZoneKind.AVAILABILITY),
        (Provider.AWS, "us-west-2-lax-1", "us-west-2", "us-west-2-lax-1", ZoneKind.LOCAL),
        (Provider.AWS, "us-west-2-lax-1a", "us-west-2", "us-west-2-lax-1a", ZoneKind.LOCAL),
        (Provider.AWS, "us-east-1-wl1-bos-wlz-1", "us-east-1", "us-east-1-wl1-bos-wlz-1", ZoneKind.WAVELENGTH),
        (Provider.AWS, "us-gov-west-1a", "us-gov-west-1", "us-gov-west-1a", ZoneKind.AVAILABILITY),
        (Provider.AWS, "eusc-de-east-1a", "eusc-de-east-1", "eusc-de-east-1a", ZoneKind.AVAILABILITY),
        (Provider.GCP, "us-central1-a", "us-central1", "us-central1-a", ZoneKind.AVAILABILITY),
        (Provider.GCP, "us-central1-ai1a", "us-central1", "us-central1-ai1a", ZoneKind.AVAILABILITY),
        (Provider.GCP, "europe-west10-b", "europe-west10", "europe-west10-b", ZoneKind.AVAILABILITY),
        (Provider.AZURE, "eastus2-3", "eastus2", "eastus2-3", ZoneKind.AVAILABILITY),
    ],
)
def test_a_zone_belongs_to_its_region(provider: Provider, code: str, parent: str, zone: str, kind: ZoneKind) -> None:
    found = place(provider, code)
    assert found is not None
    assert (found.region.code, found.zone, found.kind) == (parent, zone, kind)


@pytest.mark.parametrize(
    ("provider", "code"),
    [
        (Provider.AWS, ""),
        (Provider.AWS, "us-east-9a"),
        (Provider.AWS, "us-east-1-"),
        (Provider.AWS, "us-east-1abc"),
        (Provider.AWS, "US-EAST-1"),
        (Provider.GCP, "us-central1-"),
        (Provider.GCP, "us-central1a"),
        (Provider.AZURE, "eastus 2"),
        (Provider.AZURE, "eastus-west"),
    ],
)
def test_what_is_no_known_code_has_no_place(provider: Provider, code: str) -> None:
    assert place(provider, code) is None
