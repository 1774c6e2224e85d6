"""The number of offers of a load beside the last one's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from services.pricing.adapters.reference import load_reference
from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.invariants import check
from services.pricing.domain.offers import Offer, Provider, Purchase
from services.pricing.domain.readings import Coverage
from services.pricing.domain.versions import Origin, Version
from tests.unit.pricing.invariants.making import READ, offer


def index(offers: Sequence[Offer]) -> CatalogueIndex:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return CatalogueIndex.build(Version(1, now, Origin.REFRESH, READ, READ, len(offers)), offers)


def types(count: int, region: str = "us-east-1", provider: Provider = Provider.AWS) -> list[Offer]:
    return [offer("0.1", provider=provider, region=region, name=f"m{number}.large") for number in range(count)]


def coverage(region: str, unchanged: bool = False) -> Coverage:
    purchases = frozenset({Purchase.ON_DEMAND})
    return Coverage(Provider.AWS, "on_demand", region, "https://prices.test/list", unchanged, purchases=purchases)


@pytest.mark.parametrize(("count", "refused"), [(100, False), (50, False), (49, True), (1, True)])
def test_a_load_has_at_least_half_as_many_offers_as_the_last(count: int, refused: bool) -> None:
    checked = check(types(count), index(types(100)))
    assert (checked.refused is not None) is refused


def test_a_refusal_says_what_was_found() -> None:
    assert check(types(1), index(types(100))).refused == (
        "row_count_out_of_band: 1 offers of aws where the last load had 100; the band is 0.5 to 3 times"
    )


def test_rows_that_are_held_back_do_not_count() -> None:
    wrong = [offer("0", name=f"m{number}.large") for number in range(60)]
    assert check([*types(100)[60:], *wrong], index(types(100))).refused is not None


def test_what_was_not_read_is_not_expected() -> None:
    before = index([*types(100), *types(100, "eu-west-1"), *types(100, "eastus", Provider.AZURE)])
    assert check(types(100), before).refused is None
    assert check(types(100), before, [coverage("eu-west-1", unchanged=True)]).refused is None


def test_what_was_read_to_its_end_and_is_empty_counts() -> None:
    before = index([*types(10), *types(100, "eu-west-1")])
    assert check(types(10), before, [coverage("eu-west-1")]).refused is not None
    assert check([], before, [coverage("us-east-1")]).refused is not None


def test_a_first_full_load_may_be_many_times_the_reference_catalogue() -> None:
    assert check(types(2_000), index(load_reference())).refused is None


def test_a_full_load_may_not_grow_without_measure() -> None:
    before = index(types(5_000))
    assert check(types(15_000), before).refused is None
    assert check(types(15_001), before).refused is not None


def test_before_the_first_version_any_number_is_fine() -> None:
    assert check(types(1), None).refused is None
