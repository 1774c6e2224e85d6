"""Each invariant: what it lets through, what it holds back, and what it says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.pricing.adapters.reference import load_reference
from services.pricing.domain.invariants import SPOT_ABOVE_ON_DEMAND, PriceUnit, Reason, check, price_unit
from services.pricing.domain.money import Money
from services.pricing.domain.offers import Gpu, Offer, OperatingSystem, Provider, Purchase
from tests.unit.pricing.invariants.making import READ, offer, reserved

REGIONS = ("us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1")


def reasons(batch: Sequence[Offer]) -> list[tuple[Offer, Reason]]:
    return [(each.offer, each.reason) for each in check(batch, None).quarantined]


def test_the_reference_catalogue_passes_and_nothing_of_it_is_flagged() -> None:
    catalogue = load_reference()
    checked = check(catalogue, None)
    assert (checked.accepted, checked.quarantined, checked.refused) == (catalogue, [], None)


def test_nothing_is_fine() -> None:
    checked = check([], None)
    assert (checked.accepted, checked.quarantined, checked.refused) == ([], [], None)


@pytest.mark.parametrize("dollars", ["0", "-0.1"])
def test_a_price_is_above_zero(dollars: str) -> None:
    bad = offer(dollars)
    assert reasons([bad]) == [(bad, Reason.PRICE_NOT_POSITIVE)]


def test_a_price_is_not_beyond_all_measure() -> None:
    bad, dear = offer("1000000"), offer("999999.999999999")
    assert reasons([bad]) == [(bad, Reason.PRICE_TOO_HIGH)]
    assert reasons([dear]) == []


def test_a_currency_is_one_that_providers_quote_in() -> None:
    bad, good = offer("0.1", currency="XTS"), offer("0.5", currency="BRL")
    assert reasons([bad, good]) == [(bad, Reason.CURRENCY_UNKNOWN)]


def test_key_type_price_and_source_speak_of_the_same() -> None:
    good = offer("0.1")
    for bad in (
        replace(good, key=replace(good.key, instance_type="m7i.xlarge")),
        replace(good, key=replace(good.key, currency="EUR")),
        replace(good, source=replace(good.source, provider=Provider.GCP)),
        replace(good, instance=replace(good.instance, provider=Provider.AZURE)),
        replace(good, key=replace(good.key, term_months=12)),
        replace(good, key=replace(good.key, purchase=Purchase.RESERVED)),
        replace(good, key=replace(good.key, purchase=Purchase.RESERVED, term_months=24)),
    ):
        assert reasons([bad]) == [(bad, Reason.INCONSISTENT)]


def test_an_instance_is_one_that_can_exist() -> None:
    good = offer("0.1")
    for changed in (
        {"millicpus": 0},
        {"millicpus": 5_000_000, "memory_mib": 5_000 * 1024},
        {"memory_mib": 100},
        {"memory_mib": 128 * 1024 * 1024},
        {"millicpus": 100_000, "memory_mib": 1024},
        {"millicpus": 1_000, "memory_mib": 1024 * 1024},
        {"gpu": Gpu("T4", Decimal(0), None)},
        {"gpu": Gpu("T4", Decimal(200), None)},
    ):
        bad = replace(good, instance=replace(good.instance, **changed))
        assert reasons([bad]) == [(bad, Reason.INSTANCE_IMPLAUSIBLE)]


def test_a_part_of_a_gpu_is_an_accelerator() -> None:
    good = offer("0.1")
    part = replace(good, instance=replace(good.instance, gpu=Gpu("A10", Decimal(1) / 6, 24 * 1024)))
    assert reasons([part]) == []


def test_rows_that_say_the_same_are_one_offer_and_the_newest_of_them_stays() -> None:
    old, new = offer("0.1"), offer("0.10", read=READ + timedelta(days=1))
    for batch in ([old, new], [new, old], [new, old, old]):
        checked = check(batch, None)
        assert (checked.accepted, checked.quarantined) == ([new], [])


def test_which_of_several_rows_read_at_once_stays_does_not_depend_on_their_order() -> None:
    rows = [offer("0.1", locator=f"https://prices.test/{name}") for name in "bca"]
    assert check(rows, None).accepted == check(rows[::-1], None).accepted


def test_rows_with_one_key_and_two_prices_are_held_back_all() -> None:
    """AWS lists rows of reserved capacity beside the shared ones; nothing else may tell them apart."""
    rows = [offer("0.1"), offer("0.2"), offer("0.1")]
    checked = check(rows, None)
    assert checked.accepted == []
    assert [each.reason for each in checked.quarantined] == [Reason.PRICES_DIFFER] * 3
    assert checked.quarantined[0].detail == "3 rows with this key, at 0.1 USD, 0.2 USD"


def test_rows_that_differ_in_what_is_paid_upfront_are_not_the_same() -> None:
    rows = [reserved("0.06", 1, upfront="525.6"), reserved("0.06", 1, upfront="500")]
    assert [reason for _, reason in reasons(rows)] == [Reason.PRICES_DIFFER] * 2


def test_a_spot_price_above_on_demand_is_flagged_and_published() -> None:
    spot = offer("0.12", purchase=Purchase.SPOT, flags=("seen",))
    checked = check([offer("0.1"), spot], None)
    assert checked.quarantined == []
    assert checked.accepted[1].flags == ("seen", SPOT_ABOVE_ON_DEMAND)


def test_a_spot_price_of_a_zone_is_held_against_the_regions() -> None:
    spot = offer("0.12", purchase=Purchase.SPOT, zone="us-east-1a")
    assert check([offer("0.1"), spot], None).accepted[1].flags == (SPOT_ABOVE_ON_DEMAND,)


def test_a_flag_that_is_due_no_more_is_taken_off() -> None:
    spot = offer("0.05", purchase=Purchase.SPOT, flags=(SPOT_ABOVE_ON_DEMAND, "seen"))
    assert check([offer("0.1"), spot], None).accepted[1].flags == ("seen",)


def test_commitments_cost_less_than_on_demand_and_longer_ones_less_than_shorter() -> None:
    assert reasons([offer("0.1"), reserved("0.07", 1), reserved("0.05", 3)]) == []


@pytest.mark.parametrize("dollars", ["0.1", "0.11"])
def test_a_commitment_that_saves_nothing_is_held_back(dollars: str) -> None:
    bad = reserved(dollars, 1)
    assert reasons([offer("0.1"), bad]) == [(bad, Reason.COMMITMENT_NOT_BELOW_ON_DEMAND)]


def test_a_reservations_total_read_as_an_hour_is_held_back() -> None:
    """Azure says "1 Hour" of what is paid for the whole year."""
    bad = reserved("525.6", 1)
    assert reasons([offer("0.1"), bad]) == [(bad, Reason.COMMITMENT_NOT_BELOW_ON_DEMAND)]


def test_of_one_and_three_years_in_the_wrong_order_both_are_held_back() -> None:
    one, three = reserved("0.05", 1), reserved("0.07", 3)
    checked = check([offer("0.1"), one, three], None)
    assert [(each.offer, each.reason) for each in checked.quarantined] == [
        (one, Reason.THREE_YEARS_NOT_BELOW_ONE),
        (three, Reason.THREE_YEARS_NOT_BELOW_ONE),
    ]
    assert checked.quarantined[0].detail == "0.07 USD an hour for three years, 0.05 USD for one"


def test_commitments_of_different_plans_or_payments_are_not_compared() -> None:
    one = reserved("0.05", 1, upfront="438")
    three = reserved("0.07", 3)
    assert reasons([offer("0.1"), one, three]) == []


def test_a_months_use_costs_less_than_on_demand() -> None:
    bad = offer("0.1", purchase=Purchase.SUSTAINED_USE)
    assert reasons([offer("0.1"), bad]) == [(bad, Reason.COMMITMENT_NOT_BELOW_ON_DEMAND)]


def test_a_commitment_without_an_on_demand_price_is_let_through() -> None:
    assert reasons([reserved("0.07", 1)]) == []


def test_what_is_paid_upfront_is_in_the_hourly_price() -> None:
    """AWS's reservations have the hourly and the upfront part in two rows."""
    good, bad = reserved("0.06", 1, upfront="525.6"), reserved("0.05", 1, upfront="525.6")
    assert reasons([good]) == []
    assert reasons([bad]) == [(bad, Reason.UPFRONT_NOT_AMORTISED)]
    negative = replace(good, upfront=Money.of("-1"))
    assert reasons([negative]) == [(negative, Reason.INCONSISTENT)]


def test_a_price_far_from_that_in_other_regions_is_held_back() -> None:
    good = [offer("0.1", region=region) for region in REGIONS[:-1]]
    for dollars in ("0.033", "0.31", "100"):
        bad = offer(dollars, region=REGIONS[-1])
        checked = check([*good, bad], None)
        assert [(each.offer, each.reason) for each in checked.quarantined] == [(bad, Reason.REGION_RATIO_OUT_OF_BAND)]
    assert checked.quarantined[0].detail == (
        "100 USD an hour is 1e+03 times the median of 5 regions, 0.1; the band is 0.333 to 3"
    )


@pytest.mark.parametrize("dollars", ["0.034", "0.3"])
def test_a_price_within_the_band_of_the_regions_is_let_through(dollars: str) -> None:
    assert reasons([*(offer("0.1", region=each) for each in REGIONS[:-1]), offer(dollars, region=REGIONS[-1])]) == []


def test_spot_prices_may_be_further_apart() -> None:
    spots = [offer("0.1", region=each, purchase=Purchase.SPOT) for each in REGIONS[:-1]]
    near = offer("0.75", region=REGIONS[-1], purchase=Purchase.SPOT)
    far = offer("0.85", region=REGIONS[-1], purchase=Purchase.SPOT)
    assert reasons([*spots, near]) == []
    assert reasons([*spots, far]) == [(far, Reason.REGION_RATIO_OUT_OF_BAND)]


def test_of_two_regions_nobody_knows_which_is_wrong() -> None:
    assert reasons([offer("0.1"), offer("10", region="eu-west-1")]) == []


def test_prices_in_different_currencies_are_not_compared() -> None:
    yuan = [offer("7", region=each, currency="CNY") for each in ("cn-north-1", "cn-northwest-1")]
    assert reasons([*(offer("0.1", region=each) for each in REGIONS), *yuan]) == []


SIZES = (("large", 2, "0.1"), ("xlarge", 4, "0.2"), ("2xlarge", 8, "0.4"), ("4xlarge", 16, "0.8"))


def family(name: str = "m7i", gpus: int = 0, os: OperatingSystem = OperatingSystem.LINUX) -> list[Offer]:
    return [
        offer(price, name=f"{name}.{size}", vcpus=vcpus, gib=4 * vcpus, gpus=gpus, os=os)
        for size, vcpus, price in SIZES
    ]


def test_a_price_out_of_proportion_to_the_size_is_held_back() -> None:
    bad = offer("0.16", name="m7i.8xlarge", vcpus=32, gib=128)
    checked = check([*family(), bad], None)
    assert [(each.offer, each.reason) for each in checked.quarantined] == [(bad, Reason.SIZE_RATIO_OUT_OF_BAND)]
    assert checked.quarantined[0].detail == (
        "0.16 USD an hour is 0.1 times the median of 5 sizes of m7i by vCPU and 0.1 times by GiB; "
        "the band is 0.333 to 3"
    )


def test_a_family_may_be_sold_by_its_memory() -> None:
    """Burstable types have two vCPUs in all small sizes."""
    sizes = (("micro", 1, "0.01"), ("small", 2, "0.02"), ("medium", 4, "0.04"), ("large", 8, "0.08"))
    assert reasons([offer(price, name=f"t3.{size}", vcpus=2, gib=gib) for size, gib, price in sizes]) == []


def test_gpus_do_not_grow_with_size() -> None:
    bad = offer("0.16", name="g5.8xlarge", vcpus=32, gib=128, gpus=1)
    assert reasons([*family("g5", gpus=1), bad]) == []


def test_licences_are_sold_in_steps() -> None:
    small = offer("2", name="m7i.medium", vcpus=1, gib=4, os=OperatingSystem.RHEL)
    assert reasons([*family(os=OperatingSystem.RHEL), small]) == []


def test_one_wrong_price_does_not_take_others_with_it() -> None:
    """A wrong on-demand price is out before commitments are held against it."""
    batch = [
        *(offer("0.1", region=each) for each in REGIONS[1:]),
        *(reserved("0.07", 1, region=each) for each in REGIONS),
    ]
    bad = offer("0.001", region=REGIONS[0])
    assert reasons([*batch, bad]) == [(bad, Reason.REGION_RATIO_OUT_OF_BAND)]


@pytest.mark.parametrize(
    ("provider", "unit", "meaning"),
    [
        (Provider.AWS, "Hrs", PriceUnit.HOUR),
        (Provider.AWS, "Quantity", PriceUnit.TERM),
        (Provider.AZURE, "1 Hour", PriceUnit.HOUR),
        (Provider.GCP, "GiBy.h", PriceUnit.GIB_HOUR),
        (Provider.AWS, "GB-Mo", None),
        (Provider.AZURE, "1/Month", None),
        (Provider.GCP, "GiBy.mo", PriceUnit.GIB_MONTH),
    ],
)
def test_only_known_units_mean_something(provider: Provider, unit: str, meaning: PriceUnit | None) -> None:
    assert price_unit(provider, unit) is meaning
