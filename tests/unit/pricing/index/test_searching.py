"""Filters, constraints, orders and pages give what they mean for each offer by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.pricing.domain.constraints import Constraints, GpuNeed
from services.pricing.domain.index import FIELDS, ORDERABLE, CatalogueIndex, values_of
from services.pricing.domain.offers import Offer
from services.runtime.listing import Expression, OrderTerm, matches, parse_filter, parse_order_by
from services.runtime.listing.ast import EVERYTHING
from tests.support.pricing import synthetic_offers, synthetic_version
from tests.unit.pricing.index import made_up
from tests.unit.pricing.index.oracle import fulfils

_MANY = settings(deadline=None, max_examples=60)
_ORDERS = st.lists(
    st.builds(OrderTerm, st.sampled_from(sorted(ORDERABLE)), st.booleans()), max_size=4, unique_by=lambda term: term[0]
)


@pytest.fixture(scope="module")
def catalogue() -> CatalogueIndex:
    """Enough rows for codes of 16 bits, and for pages that are found in either way."""
    return CatalogueIndex.build(synthetic_version(1, 3_000), synthetic_offers(3_000))


def _found(index: CatalogueIndex, wanted: Expression) -> set[str]:
    return {index.offer(row).key.id for row in index.search(wanted, limit=max(len(index), 1)).rows}


@_MANY
@given(made_up.offers(), st.lists(made_up.filters(), min_size=5, max_size=5))
def test_a_filter_finds_what_matches_says(offers: list[Offer], filters: list[Expression]) -> None:
    index = made_up.indexed(offers)
    for wanted in filters:
        assert _found(index, wanted) == {offer.key.id for offer in offers if matches(wanted, values_of(offer))}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "provider = PROVIDER_AWS AND vcpus >= 8",
        "provider = AWS purchase_option = ON_DEMAND operating_system = LINUX memory_gib >= 32",
        "hourly_price < 0.5 OR gpu_model:*",
        'instance_type = "m*" -region = "us-*"',
        'gpu_model = "H100" AND area:europe',
        "price_per_gpu_hour != 1 AND NOT price_per_gpu_hour > 2",
        "instance_type:LARGE AND burstable = true",
        "purchase_option >= RESERVED AND term_months = 36 AND payment_option != ALL_UPFRONT",
        "architecture = ARM64 AND observe_time >= 2026-11-01T12:00:00Z",
        'instance_type >= "m" AND instance_type < "n" AND zone = ""',
        'instance_type = "*96*" AND family != "*s_v5"',
    ],
)
def test_a_written_filter_finds_what_matches_says(catalogue: CatalogueIndex, text: str) -> None:
    wanted = parse_filter(text, FIELDS)
    offers = [catalogue.offer(row) for row in range(len(catalogue))]
    expected = {offer.key.id for offer in offers if matches(wanted, values_of(offer))}
    assert expected
    assert _found(catalogue, wanted) == expected


def test_prices_are_compared_to_the_nano() -> None:
    offer = synthetic_offers(1)[0]
    index = made_up.indexed([replace(offer, hourly=replace(offer.hourly, nanos=100_000_001))])
    for text, found in (
        ("hourly_price = 0.100000001", 1),
        ("hourly_price > 0.1", 1),
        ("hourly_price > 0.100000001", 0),
        ("hourly_price < 0.1000000011", 1),
        ("hourly_price = 0.1", 0),
    ):
        assert index.search(parse_filter(text, FIELDS)).total == found, text


@_MANY
@given(made_up.offers(least=3), made_up.filters() | st.just(EVERYTHING), _ORDERS, st.integers(1, 5))
def test_pages_have_all_that_is_found_once_and_in_order(
    offers: list[Offer], wanted: Expression, order: list[OrderTerm], limit: int
) -> None:
    index = made_up.indexed(offers)
    rows = _all_pages(index, wanted, order, limit)
    left = [offer for offer in offers if matches(wanted, values_of(offer))]
    assert [index.offer(row) for row in rows] == _ordered(left, order or [OrderTerm("hourly_price")])


def _all_pages(index: CatalogueIndex, wanted: Expression, order: list[OrderTerm], limit: int) -> list[int]:
    rows: list[int] = []
    after = None
    while True:
        page = index.search(wanted, order, limit, after)
        assert len(page.rows) <= limit
        rows += page.rows.tolist()
        if page.next_after is None:
            assert page.total == len(rows)
            return rows
        after = page.next_after


def _ordered(offers: list[Offer], order: list[OrderTerm]) -> list[Offer]:
    ordered = sorted(offers, key=lambda offer: offer.key.id)
    for term in reversed(order):
        known = [offer for offer in ordered if values_of(offer)(term.field) is not None]
        unknown = [offer for offer in ordered if values_of(offer)(term.field) is None]
        # What is equal keeps its order, also in reverse.
        known.sort(key=lambda offer: _comparable(term.field, offer), reverse=term.descending)
        ordered = known + unknown
    return ordered


def _comparable(field: str, offer: Offer) -> Any:
    value = values_of(offer)(field)
    return FIELDS[field].rank(value) if FIELDS[field].names else value


@pytest.mark.parametrize("limit", [1, 7, 400, 5_000])
@pytest.mark.parametrize("text", ["", 'gpu_model = "H100"', "vcpus > 8", 'region = "nowhere"'])
def test_pages_of_any_size_join_to_the_same(catalogue: CatalogueIndex, text: str, limit: int) -> None:
    order = list(parse_order_by("price_per_vcpu_hour desc, region", ORDERABLE))
    wanted = parse_filter(text, FIELDS)
    whole = catalogue.search(wanted, order, len(catalogue)).rows.tolist()
    behind = whole[-3 * limit - 1] if len(whole) > 3 * limit else None
    rows = [] if behind is None else whole[: -3 * limit]
    while True:
        page = catalogue.search(wanted, order, limit, behind)
        rows += page.rows.tolist()
        behind = page.next_after
        if behind is None:
            break
    assert rows == whole


def test_many_terms_of_many_values_still_order(catalogue: CatalogueIndex) -> None:
    """Their product is far beyond 64 bits."""
    terms = [OrderTerm(field, descending=True) for field in sorted(ORDERABLE)]
    rows = catalogue.search(order=terms, limit=200).rows.tolist()
    offers = [catalogue.offer(row) for row in range(len(catalogue))]
    assert [catalogue.offer(row) for row in rows] == _ordered(offers, terms)[:200]


@_MANY
@given(made_up.offers(), st.lists(made_up.constraints(), min_size=5, max_size=5))
def test_constraints_select_what_fulfils_them(offers: list[Offer], some: list[Constraints]) -> None:
    index = made_up.indexed(offers)
    for wanted in some:
        rows = index.select(wanted).tolist()
        assert rows == sorted(rows)
        assert {index.offer(row).key for row in rows} == {offer.key for offer in offers if fulfils(offer, wanted)}
        joined = index.search(constraints=wanted, limit=100)
        assert sorted(joined.rows.tolist()) == rows
        assert joined.total == len(rows)


@pytest.mark.parametrize(
    "wanted",
    [
        Constraints(),
        Constraints(areas=("europe",), without_regions=("eu-west-3",), interruptible=False),
        Constraints(gpu=GpuNeed(models=("H100", "A100")), term_months=0),
        Constraints(millicpus_at_least=8_000, memory_mib_at_least=65_536, without_gpu=True),
    ],
)
def test_constraints_select_from_a_catalogue(catalogue: CatalogueIndex, wanted: Constraints) -> None:
    expected = [row for row in range(len(catalogue)) if fulfils(catalogue.offer(row), wanted)]
    assert expected
    assert catalogue.select(wanted).tolist() == expected


@_MANY
@given(made_up.offers(), made_up.constraints(), st.data())
def test_one_more_constraint_never_selects_more(offers: list[Offer], wanted: Constraints, data: st.DataObject) -> None:
    index = made_up.indexed(offers)
    other = data.draw(made_up.constraints())
    unset = Constraints(currency=wanted.currency)
    # Of the other's conditions, one that is not set yet.
    names = [name for name in Constraints.__dataclass_fields__ if getattr(wanted, name) == getattr(unset, name)]
    name = data.draw(st.sampled_from(names))
    narrower = replace(wanted, **{name: getattr(other, name)}) if name != "currency" else wanted
    assert set(index.select(narrower).tolist()) <= set(index.select(wanted).tolist())


def test_a_row_that_there_is_not_is_refused(catalogue: CatalogueIndex) -> None:
    for after in (-1, len(catalogue)):
        with pytest.raises(ValueError, match="no row"):
            catalogue.search(after=after)
