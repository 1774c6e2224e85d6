"""A load that brings a part of the catalogue anew is held against the rest as it was published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from services.pricing.domain.index import CatalogueIndex
from services.pricing.domain.invariants import SPOT_ABOVE_ON_DEMAND, Reason, check
from services.pricing.domain.offers import Offer, Provider, Purchase
from services.pricing.domain.readings import Coverage
from services.pricing.domain.versions import Origin, Version
from tests.unit.pricing.invariants.making import READ, offer, reserved

REGIONS = ("us-east-2", "us-west-2", "eu-west-1", "eu-central-1")


def published(offers: Sequence[Offer]) -> CatalogueIndex:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return CatalogueIndex.build(Version(1, now, Origin.REFRESH, READ, READ, len(offers)), offers)


def test_one_region_is_held_against_the_others() -> None:
    before = published([offer("0.1", region=region) for region in REGIONS])
    bad = offer("1")
    checked = check([bad], before)
    assert [(each.offer, each.reason) for each in checked.quarantined] == [(bad, Reason.REGION_RATIO_OUT_OF_BAND)]


def test_commitments_are_held_against_the_on_demand_prices_that_were_not_read() -> None:
    bad, good = reserved("0.2", 1), reserved("0.05", 3)
    checked = check([bad, good], published([offer("0.1")]))
    assert [(each.offer, each.reason) for each in checked.quarantined] == [(bad, Reason.COMMITMENT_NOT_BELOW_ON_DEMAND)]
    assert checked.accepted == [good]


def test_spot_prices_are_flagged_by_the_on_demand_prices_that_were_not_read() -> None:
    spot = offer("0.12", purchase=Purchase.SPOT)
    assert check([spot], published([offer("0.1")])).accepted[0].flags == (SPOT_ABOVE_ON_DEMAND,)


def test_what_is_read_anew_is_not_held_against_what_it_was() -> None:
    before = published([offer("0.1", region=region) for region in REGIONS])
    anew = [offer("1", region=region) for region in REGIONS]
    assert check(anew, before).accepted == anew


def test_what_was_read_and_is_gone_bears_no_witness() -> None:
    covered = [
        Coverage(Provider.AWS, "on_demand", region, "https://prices.test", purchases=frozenset({Purchase.ON_DEMAND}))
        for region in REGIONS
    ]
    before = published([offer("0.1", region=region) for region in REGIONS[:3]])
    new = offer("1", region=REGIONS[3])
    assert check([new], before, covered).quarantined == []


def test_what_was_published_is_left_alone() -> None:
    """It is neither given back nor held back, whatever a load says."""
    before = published([*(offer("0.1", region=region) for region in REGIONS[:2]), reserved("0.5", 1)])
    anew = [offer("0.1"), offer("0.1", region=REGIONS[2])]
    checked = check(anew, before)
    assert (checked.accepted, checked.quarantined) == (anew, [])


def test_another_providers_offers_bear_no_witness() -> None:
    before = published([offer("0.1", region=region, provider=Provider.GCP) for region in REGIONS])
    assert check([offer("1")], before).quarantined == []
