"""What holds of the check whatever the load: nothing is lost, a second check finds nothing, order does not matter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.invariants import Checked, check
from services.pricing.domain.offers import Offer, Payment, Purchase
from tests.unit.pricing.invariants.making import offer

SIZES = {"m7i.large": 2, "m7i.xlarge": 4, "m7i.2xlarge": 8, "c7i.large": 2}
WAYS = (
    (Purchase.ON_DEMAND, 0, Payment.NOTHING),
    (Purchase.SPOT, 0, Payment.NOTHING),
    (Purchase.RESERVED, 12, Payment.NO_UPFRONT),
    (Purchase.RESERVED, 36, Payment.NO_UPFRONT),
)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    name = draw(st.sampled_from(sorted(SIZES)))
    purchase, term_months, payment = draw(st.sampled_from(WAYS))
    cents = draw(st.sampled_from((0, 1, 5, 5, 6, 7, 8, 9, 10, 100))) * SIZES[name]
    return offer(
        f"{cents / 100:.2f}",
        name=name,
        vcpus=SIZES[name],
        gib=4 * SIZES[name],
        region=draw(st.sampled_from(("us-east-1", "us-east-2", "us-west-2", "eu-west-1"))),
        purchase=purchase,
        term_months=term_months,
        payment=payment,
        gpus=draw(st.sampled_from((0, 0, 0, 1))),
        locator=draw(st.sampled_from(("https://prices.test/a", "https://prices.test/b"))),
    )


BATCHES = st.lists(offers(), max_size=60)


def said(checked: Checked) -> tuple[Counter[Offer], Counter[tuple[Offer, str, str]]]:
    held = Counter((each.offer, each.reason.value, each.detail) for each in checked.quarantined)
    return Counter(checked.accepted), held


@settings(max_examples=100, deadline=None)
@given(BATCHES)
def test_every_offer_is_accepted_or_held_back_or_repeats_one_that_is(batch: list[Offer]) -> None:
    checked = check(batch, None)
    settled = {(each.key, each.hourly) for each in (*checked.accepted, *(each.offer for each in checked.quarantined))}
    held = Counter(each.offer for each in checked.quarantined)
    repeating = Counter(batch) - held - Counter(replace(each, flags=()) for each in checked.accepted)
    assert len({each.key for each in checked.accepted}) == len(checked.accepted)
    assert all((each.key, each.hourly) in settled for each in repeating)
    assert len(batch) == len(checked.accepted) + held.total() + repeating.total()


@settings(max_examples=100, deadline=None)
@given(BATCHES)
def test_what_was_accepted_is_accepted_again(batch: list[Offer]) -> None:
    accepted = check(batch, None).accepted
    again = check(accepted, None)
    assert (again.accepted, again.quarantined) == (accepted, [])


@settings(max_examples=100, deadline=None)
@given(st.data(), BATCHES)
def test_the_order_of_the_rows_makes_no_difference(data: st.DataObject, batch: list[Offer]) -> None:
    shuffled = data.draw(st.permutations(batch))
    assert said(check(batch, None)) == said(check(shuffled, None))


@settings(max_examples=100, deadline=None)
@given(BATCHES)
def test_what_is_accepted_is_in_order(batch: list[Offer]) -> None:
    prices = {each.key: each.hourly.nanos for each in check(batch, None).accepted}
    assert all(nanos > 0 for nanos in prices.values())
    for key, nanos in prices.items():
        if key.term_months:
            full = type(key)(key.provider, key.region, key.instance_type)
            assert nanos < prices.get(full, nanos + 1)
