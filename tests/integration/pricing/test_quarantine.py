"""What is held back is looked at by a person, and what that person decides holds for later loads, too."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from services.pricing.adapters.postgres.quarantine import PostgresQuarantineReview
from services.pricing.domain.errors import QuarantinedRowIncomplete, QuarantinedRowNotFound, QuarantinedRowReviewed
from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.quarantine import APPROVED_FLAG, QuarantinedRow, QuarantineState, Review
from services.pricing.domain.readings import Batch, Rejected, RejectReason
from services.pricing.usecases.list_quarantine import FIELDS, ListQuarantine
from services.pricing.usecases.review_quarantine import review_quarantine
from services.runtime.db import UnitOfWork
from services.runtime.listing import OrderTerm
from services.runtime.listing.page import Listing
from tests.integration.pricing.catalogue import DOCUMENT, catalogue_of, covers, later, offer
from tests.integration.pricing.conftest import Record

LISTING = Listing("ListQuarantine", FIELDS, {"reason": str}, (OrderTerm("reason"),))
DEAR = "aws~us-east-1~m7i.xlarge~on_demand"


def with_dear(price: str = "9", *, hour: int = 1) -> list[Offer]:
    """A load in which one size of a family costs far too much beside the others."""
    sizes = ("large", "xxlarge", "xxxlarge", "xxxxlarge")
    usual = [offer(f"m7i.{size}", str(Decimal("0.1") * 2 ** size.count("x")), read=later(hour)) for size in sizes]
    return [*usual, offer("m7i.xlarge", price, read=later(hour))]


async def decide(record: Record, row: UUID, *, approve: bool, reason: str = "looked at") -> QuarantinedRow:
    async with UnitOfWork(record.engine, "acme") as work:
        rows = PostgresQuarantineReview(work, record.clock)
        decided = await review_quarantine(rows, Review(row, approve, reason, "acme/users/1"))
        await work.commit()
    return decided


async def listed(record: Record, wanted: str = "") -> list[QuarantinedRow]:
    return await ListQuarantine(record.quarantine)(LISTING.page(wanted, "", "", 100))


async def only(record: Record) -> QuarantinedRow:
    (row,) = await listed(record)
    return row


async def test_a_row_that_breaks_an_invariant_is_held_back_and_the_last_price_stays(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    done = await record.read(with_dear())
    assert (done.counts.accepted, done.counts.quarantined) == (4, 1)
    row = await only(record)
    assert (row.provider, row.state, row.times_seen, row.offer) == (
        Provider.AWS, QuarantineState.OPEN, 1, with_dear()[-1],
    )  # fmt: skip
    assert done.quarantined_by_reason == {row.reason: 1}
    assert (await record.prices())[DEAR] == "0.2"


async def test_an_approved_row_is_in_the_next_version_and_stays_as_long_as_it_is_read(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    await record.read(with_dear())
    row = await only(record)
    approved = await decide(record, row.id, approve=True, reason="a special, see the provider's page")
    assert (approved.state, approved.reviewer, approved.review_reason) == (
        QuarantineState.APPROVED, "acme/users/1", "a special, see the provider's page",
    )  # fmt: skip
    assert (await record.prices())[DEAR] == "0.2"
    # Whatever is read next: here another region.
    elsewhere = catalogue_of(region="eu-west-1")
    await record.read(Batch(elsewhere, coverage=[covers("eu-west-1")]))
    assert (await record.prices())[DEAR] == "9"
    assert (await record.recorded())[DEAR].flags == (APPROVED_FLAG,)
    assert (await only(record)).published_version == 3
    await record.read(with_dear(hour=3))
    assert (await record.prices())[DEAR] == "9"
    seen = await only(record)
    assert (seen.times_seen, seen.state, seen.published_version) == (2, QuarantineState.APPROVED, 3)
    # Another price is another row.
    await record.read(with_dear("12", hour=4))
    assert (await record.prices())[DEAR] == "9"
    assert len(await listed(record, "state = OPEN")) == 1


async def test_what_was_read_anew_and_holds_takes_the_place_of_an_approved_row(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    await record.read(with_dear())
    await decide(record, (await only(record)).id, approve=True)
    await record.read(with_dear("0.21", hour=2))
    assert (await record.prices())[DEAR] == "0.21"
    assert (await only(record)).published_version == 3
    await record.read(Batch(catalogue_of(region="eu-west-1"), coverage=[covers("eu-west-1")]))
    assert (await record.prices())[DEAR] == "0.21"


async def test_a_dismissed_row_does_not_come_up_again(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    await record.read(with_dear())
    await decide(record, (await only(record)).id, approve=False)
    await record.read(with_dear(hour=2))
    assert await listed(record, "state = OPEN") == []
    assert (await only(record)).times_seen == 2
    assert (await record.prices())[DEAR] == "0.2"


async def test_a_decision_can_be_repeated_and_changed_until_a_version_has_it(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    await record.read(with_dear())
    row = (await only(record)).id
    first = await decide(record, row, approve=True)
    assert await decide(record, row, approve=True, reason="again") == first
    assert (await decide(record, row, approve=False)).state is QuarantineState.DISMISSED
    await decide(record, row, approve=True)
    await record.read(Batch(catalogue_of(region="eu-west-1"), coverage=[covers("eu-west-1")]))
    with pytest.raises(QuarantinedRowReviewed) as refused:
        await decide(record, row, approve=False)
    assert refused.value.state is QuarantineState.APPROVED


async def test_what_is_no_offer_or_never_can_be_is_not_approved(record: Record) -> None:
    await record.install()
    rejected = Rejected(Provider.AWS, "SKU ABC\0", RejectReason.UNKNOWN_UNIT, "a unit of \ud800 Quantity", DOCUMENT)
    free = offer("free.large", "0", read=later(1))
    await record.read(Batch([*catalogue_of(read=later(1)), free], [rejected], coverage=[covers()]))
    rows = await listed(record)
    assert {row.reason for row in rows} == {"unknown_unit", "price_not_positive"}
    assert [row.reason for row in rows] == sorted(row.reason for row in rows)
    for row in rows:
        with pytest.raises(QuarantinedRowIncomplete):
            await decide(record, row.id, approve=True)
        assert (await decide(record, row.id, approve=False)).state is QuarantineState.DISMISSED
    with pytest.raises(QuarantinedRowNotFound):
        await decide(record, uuid4(), approve=True)


async def test_rows_are_found_by_provider_reason_state_and_time(record: Record) -> None:
    await record.install([*with_dear("0.2", hour=0)])
    await record.read(with_dear())
    row = await only(record)
    for wanted in (
        "provider = AWS", "provider = PROVIDER_AWS AND state = OPEN", f'reason = "{row.reason}"',
        f'source = "{DOCUMENT}"', 'last_seen_time > "2020-01-01T00:00:00Z"',
    ):  # fmt: skip
        assert await listed(record, wanted) == [row]
    for wanted in ("provider = GCP", "state = APPROVED", 'first_seen_time < "2020-01-01T00:00:00Z"'):
        assert await listed(record, wanted) == []
