"""Replicas follow what is published, and whoever watches misses nothing and gets nothing twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from sqlalchemy import text

from services.pricing.adapters.postgres.feed import PostgresVersionFeed
from services.pricing.domain.errors import OfferNotFound
from services.pricing.domain.index import FIELDS, Holder
from services.pricing.usecases.follow_catalogue import FollowCatalogue
from services.pricing.usecases.list_price_history import ListPriceHistory
from services.pricing.usecases.watch_price_changes import WatchPriceChanges
from services.runtime.db import Transaction
from services.runtime.exceptions import Overloaded
from services.runtime.listing import parse_filter
from services.runtime.listing.ast import EVERYTHING
from tests.integration.pricing.catalogue import catalogue_of, later, offer
from tests.integration.pricing.conftest import Record
from tests.support.waiting import eventually

M = "aws~us-east-1~m7i.large~on_demand"


@pytest.fixture
async def feed(record: Record) -> AsyncIterator[PostgresVersionFeed]:
    made = PostgresVersionFeed(record.engine)
    await made.start()
    yield made
    await made.close()


async def test_a_replica_has_the_newest_version_at_its_start_and_takes_later_ones(
    record: Record, feed: PostgresVersionFeed
) -> None:
    await record.install()
    holder = Holder()
    follow = FollowCatalogue(record.catalogue, feed, holder)
    await follow.start()
    try:
        first = holder.current
        assert first.version.number == 1
        await record.read(catalogue_of("0.11", read=later(1)))
        await eventually(lambda: holder.current.version.number == 2)
        row = holder.current.find_id(M)
        assert row is not None
        assert str(holder.current.offer(row).hourly) == "0.11 USD"
        # Who is in the middle of something goes on with what was there.
        assert str(first.offer(first.find_id(M) or 0).hourly) in ("0.1008 USD", "0.08925 USD")
        assert holder.at(1) is first
    finally:
        await follow.close()


async def test_a_replica_that_starts_before_the_first_version_takes_it_when_it_comes(
    record: Record, feed: PostgresVersionFeed
) -> None:
    holder = Holder()
    follow = FollowCatalogue(record.catalogue, feed, holder)
    await follow.start()
    try:
        await record.install()
        await eventually(lambda: bool(holder.at(1)))
    finally:
        await follow.close()


async def test_a_snapshot_that_cannot_be_read_is_made_up_for_from_the_record(record: Record) -> None:
    await record.install()
    await record.read(catalogue_of("0.11", read=later(1)))
    good = await record.index()
    for change in ("UPDATE pricing.snapshots SET data = 'of another release'", "DELETE FROM pricing.snapshots"):
        async with Transaction(record.engine) as work:
            await work.connection.execute(text(change))
            await work.commit()
        made = await record.index()
        assert made.snapshot() == good.snapshot()


async def test_who_watches_gets_each_change_once_across_interruptions(
    record: Record, feed: PostgresVersionFeed
) -> None:
    await record.install()
    watch = WatchPriceChanges(record.catalogue, feed, alive_seconds=0.01)
    seen: list[tuple[int, str]] = []
    at = 0
    async with aclosing(watch(EVERYTHING, 0)) as stream:
        while (await anext(stream)).newest == 0:
            pass
        await record.read([*catalogue_of("0.11", read=later(1)), offer("new.large", "0.1", read=later(1))])
        while (found := await anext(stream)).change is None:
            pass
        assert found.change is not None
        seen.append((found.sequence, found.change.offer.key.id))
        at = found.sequence
    await record.read([*catalogue_of("0.12", read=later(2)), offer("new.large", "0.1", read=later(2))])
    async with aclosing(watch(EVERYTHING, at)) as stream:
        for _ in range(2):
            found = await anext(stream)
            assert found.change is not None
            seen.append((found.sequence, found.change.offer.key.id))
    assert seen == [(1, M), (2, "aws~us-east-1~new.large~on_demand"), (3, M)]


async def test_a_filter_is_that_of_a_search(record: Record, feed: PostgresVersionFeed) -> None:
    await record.install()
    await record.read(
        [
            offer("m7i.large", "0.11", read=later(1)),
            offer("c7i.large", "0.09", read=later(1)),
            offer("r7i.large", "0.14", read=later(1)),
        ]
    )
    await record.read(catalogue_of("0.12", read=later(2)))
    watch = WatchPriceChanges(record.catalogue, feed)
    wanted = parse_filter('hourly_price > 0.115 AND provider = AWS AND area:"north-america"', FIELDS)
    everywhere = parse_filter("hourly_price > 0.115 AND provider = AWS", FIELDS)
    for expression in (wanted, everywhere):
        async with aclosing(watch(expression, 1)) as stream:
            found = [await anext(stream) for _ in range(2)]
        changed = [one.change.offer.key.instance_type for one in found if one.change is not None]
        assert changed[0] == "r7i.large"


async def test_who_watches_in_quiet_times_gets_signs_of_life(record: Record, feed: PostgresVersionFeed) -> None:
    await record.install()
    watch = WatchPriceChanges(record.catalogue, feed, most=1, alive_seconds=0.01)
    async with aclosing(watch(EVERYTHING, 0)) as stream:
        alive = await anext(stream)
        while alive.newest == 0:
            alive = await anext(stream)
        assert (alive.change, alive.newest) == (None, 1)
        with pytest.raises(Overloaded):
            await anext(watch(EVERYTHING, 0))
    async with aclosing(watch(EVERYTHING, 0)) as stream:
        assert (await anext(stream)).change is None


async def test_history_comes_in_pages_newest_first(record: Record) -> None:
    await record.install()
    for number, price in enumerate(("0.11", "0.12", "0.13"), 1):
        await record.read(catalogue_of(price, read=later(number)))
    history = ListPriceHistory(record.catalogue)
    found, before = await history(M, 3)
    assert [str(span.hourly.amount.normalize()) for span in found] == ["0.13", "0.12", "0.11"]
    rest, after = await history(M, 3, before)
    assert [str(span.hourly.amount.normalize()) for span in rest] == ["0.1008"]
    assert after is None
    with pytest.raises(OfferNotFound):
        await history("aws~us-east-1~none~on_demand", 3)
