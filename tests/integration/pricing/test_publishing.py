"""A version is published whole or not at all, whatever happens on the way to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.pricing.adapters.postgres.feed import PostgresVersionFeed
from services.pricing.adapters.postgres.publishing import CatalogueInconsistent
from services.pricing.adapters.postgres.session import load_engine, locked
from services.pricing.adapters.postgres.staging import PORTION
from services.pricing.adapters.reference import load_reference
from services.pricing.domain.changes import ChangeKind
from services.pricing.domain.errors import RefreshInProgress, RefreshRefused
from services.pricing.domain.loads import Counts, LoadState, Phase, RefreshRequest, RequestKey
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import Batch, SourceFailed, SourceFailure
from services.pricing.domain.versions import Origin
from services.pricing.ports import Publication
from services.pricing.usecases.publish_version import build
from services.runtime.db import Transaction
from services.runtime.exceptions import DependencyUnavailable, RequestIdReused
from services.runtime.settings import RuntimeSettings
from tests.integration.pricing.catalogue import ListedPrices, catalogue_of, covers, later, offer, refreshed
from tests.integration.pricing.conftest import Record
from tests.support.programs import Database

M, C, R = (f"aws~us-east-1~{family}7i.large~on_demand" for family in "mcr")


async def test_the_reference_is_the_first_version_and_is_made_once(record: Record) -> None:
    offers = load_reference()
    made = await asyncio.gather(*(record.installing(offers)() for _ in range(3)))
    assert [version.number for version in made if version] == [1, 1, 1]
    version = await record.catalogue.newest()
    assert version is not None
    assert version.origin is Origin.REFERENCE
    index = await record.index()
    held = await record.scalar("SELECT count(*) FROM pricing.quarantine")
    assert len(index) + int(str(held)) == len(offers)
    assert await record.recorded() == {(one := index.offer(row)).key.id: one for row in range(len(index))}
    assert await record.catalogue.changes(0, 10) == []


async def test_a_newer_reference_takes_the_place_of_an_older_one_until_a_refresh(record: Record) -> None:
    first = await record.install()
    assert await record.install() == first
    assert await record.install(catalogue_of("0.09", read=later(-24))) == first
    second = await record.install(
        [*catalogue_of("0.11", read=later(24))[:2], offer("x7i.large", "0.2", read=later(24))]
    )
    assert (second.number, second.offers) == (2, 3)
    await record.read(catalogue_of("0.12", read=later(48)))
    third = await record.install(catalogue_of("0.13", read=later(72)))
    assert (third.number, third.origin) == (3, Origin.REFRESH)
    assert (await record.prices())[M] == "0.12"


async def test_a_refresh_replaces_what_it_covers_and_keeps_the_rest(record: Record) -> None:
    await record.install([*catalogue_of(), *catalogue_of(region="eu-west-1"), offer("old.large", "0.07")])
    done = await record.read([*catalogue_of("0.11", read=later(1)), offer("new.large", "0.1", read=later(1))])
    assert done.phase is Phase.DONE
    assert done.version == await record.catalogue.newest()
    assert (done.counts.read, done.counts.accepted, done.counts.opened, done.counts.changed, done.counts.ended) == (
        4, 4, 1, 1, 1,
    )  # fmt: skip
    prices = await record.prices()
    assert len(prices) == 7
    assert prices[M] == "0.11"
    assert "aws~us-east-1~old.large~on_demand" not in prices
    assert prices["aws~eu-west-1~m7i.large~on_demand"] == "0.1008"
    changes = await record.catalogue.changes(0, 10)
    assert [(change.sequence, change.kind, change.offer.key.instance_type) for change in changes] == [
        (1, ChangeKind.PRICE, "m7i.large"),
        (2, ChangeKind.CAME, "new.large"),
        (3, ChangeKind.WENT, "old.large"),
    ]
    assert (str(changes[0].old), str(changes[0].new)) == ("0.1008 USD", "0.11 USD")
    assert (changes[1].old, changes[2].new) == (None, None)
    load = await record.loads.get(done.load)
    assert load is not None
    assert (load.state, load.version, load.counts) == (LoadState.PUBLISHED, 2, done.counts)


async def test_what_was_read_again_unchanged_is_as_of_now_and_no_change(record: Record) -> None:
    await record.install()
    await record.read(catalogue_of(read=later(5)))
    assert await record.catalogue.last_sequence() == 0
    (span,) = await record.catalogue.spans(M, 10, None)
    assert (span.from_version, span.to_version) == (1, None)
    assert (span.source.observed_at, span.confirmed.observed_at) == (later(0), later(5))
    assert {one.source.observed_at for one in (await record.recorded()).values()} == {later(5)}
    await record.prices()


async def test_a_version_is_made_of_many_portions_as_of_one(record: Record) -> None:
    first = {f"t{number:04}": "0.1" for number in range(2 * PORTION + 7)}
    await _published(record, first)
    # A third of them goes, a third changes its price, a third stays; and as many come, among them and behind them.
    stays = {type_: "0.1" if number % 3 == 1 else "0.2" for number, type_ in enumerate(first) if number % 3}
    comes = {f"{type_}b": "0.3" for type_ in first} | {f"u{number:04}": "0.3" for number in range(PORTION)}
    await _published(record, stays | comes)
    assert await record.prices() == {_key(type_): price for type_, price in (stays | comes).items()}
    expected = [
        *((_key(type_), ChangeKind.WENT) for type_ in first.keys() - stays.keys()),
        *((_key(type_), ChangeKind.PRICE) for type_, price in stays.items() if price != "0.1"),
        *((_key(type_), ChangeKind.CAME) for type_ in comes),
    ]
    changes = await record.catalogue.changes(0, 10_000)
    assert [(change.offer.key.id, change.kind) for change in changes] == sorted(expected)
    assert [change.sequence for change in changes] == list(range(1, len(expected) + 1))
    held = {one.key.id async for page in record.catalogue.offers(1) for one in page}
    assert held == {_key(type_) for type_ in first}
    # The same again, later: nothing changes, and all is known to hold then.
    await _published(record, stays | comes, hours=9)
    assert await record.catalogue.last_sequence() == len(expected)
    assert {one.source.observed_at for one in (await record.recorded()).values()} == {later(9)}


def _key(type_: str) -> str:
    return offer(type_).key.id


async def _published(record: Record, prices: Mapping[str, str], hours: int = 0) -> None:
    """Publishes a version of just these types."""
    offers = [offer(type_, price, read=later(hours)) for type_, price in prices.items()]
    async with record.loads.begin(RefreshRequest((Provider.AWS,))) as session:
        await session.stage(offers)
        await session.accept(Provider.AWS, [one async for page in session.staged(Provider.AWS) for one in page])
        await session.settle_all()
        version, snapshot = await build(session, Origin.REFRESH, record.clock.now())
        await session.publish(Publication(version, snapshot), Counts())


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_source_that_breaks_off_publishes_nothing(record: Record, after: int) -> None:
    await record.install()
    before = await record.prices()
    parts: list[Batch | Exception | Callable[[], Awaitable[object]]] = [
        Batch([one]) for one in catalogue_of("0.5", read=later(1))
    ]
    parts.insert(after, SourceFailed("https://prices.test", SourceFailure.INVALID, "truncated"))
    source = record.shelf.source = ListedPrices(parts)
    with pytest.raises(SourceFailed):
        await refreshed(record.refresh)
    assert source.closed
    assert await record.prices() == before
    assert await record.scalar("SELECT state FROM pricing.loads ORDER BY began_at DESC, id LIMIT 1") is not None
    assert await record.scalar("SELECT count(*) FROM pricing.loads WHERE state = 'failed'") == 1
    await record.read(catalogue_of("0.11", read=later(2)))
    assert (await record.prices())[M] == "0.11"


async def test_a_refresh_that_nobody_waits_for_any_more_stops(record: Record) -> None:
    await record.install()
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        reached.set()
        await never.wait()

    source = record.shelf.source = ListedPrices([Batch(catalogue_of("0.5", read=later(1))), hang])
    progress = record.refresh(RefreshRequest((Provider.AWS,)))
    seen = await anext(progress)
    assert seen.phase is Phase.READING
    await reached.wait()
    await progress.aclose()
    assert source.closed
    load = await record.loads.get(seen.load)
    assert load is not None
    assert load.state is LoadState.CANCELLED
    assert (await record.prices())[M] == "0.1008"
    await record.read(catalogue_of("0.11", read=later(2)))


async def test_a_lost_session_publishes_nothing_and_frees_the_way(record: Record) -> None:
    await record.install()

    async def lose() -> None:
        await record.scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks "
            "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )

    record.shelf.source = ListedPrices([Batch(catalogue_of("0.5", read=later(1))), lose, Batch(coverage=[covers()])])
    with pytest.raises(DependencyUnavailable):
        await refreshed(record.refresh)
    assert (await record.prices())[M] == "0.1008"
    await record.read(catalogue_of("0.11", read=later(2)))
    assert (await record.prices())[M] == "0.11"


async def test_a_refresh_whose_turn_comes_late_keeps_its_transaction(own: Database) -> None:
    """It gives way to whoever else wants to run, so there may be much time between two of its statements, and before
    the first one."""
    engine = load_engine(RuntimeSettings(database_url_file=own.service_file))
    async with locked(engine, 1) as session:
        assert session is not None
        assert await session.fetchval("SHOW idle_in_transaction_session_timeout") == "30s"
    await engine.dispose()


async def test_a_failure_within_the_publishing_transaction_leaves_nothing(record: Record) -> None:
    await record.install()
    before = await record.prices()
    tables = ("offers", "price_changes", "snapshots", "quarantine", "documents")
    counted = [await record.scalar(f"SELECT count(*) FROM pricing.{table}") for table in tables]

    with pytest.raises(CatalogueInconsistent):
        async with record.loads.begin(RefreshRequest((Provider.AWS,))) as session:
            await session.accept(Provider.AWS, catalogue_of("0.5", read=later(1)))
            await session.settle([covers()], [])
            version, snapshot = await build(session, Origin.REFRESH, record.clock.now())
            # An index that has not all that the record has, which is found out half-way.
            await session.publish(Publication(replace(version, offers=2), snapshot), session.load.counts)
    assert [await record.scalar(f"SELECT count(*) FROM pricing.{table}") for table in tables] == counted
    assert await record.prices() == before


async def test_only_one_refreshes_at_a_time(record: Record) -> None:
    await record.install()
    go, begun = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go.wait()

    record.shelf.source = ListedPrices([wait, Batch(catalogue_of("0.11", read=later(1)), coverage=[covers()])])
    first = asyncio.create_task(refreshed(record.refresh))
    await begun.wait()
    with pytest.raises(RefreshInProgress) as refused:
        await refreshed(record.refresh)
    assert refused.value.load is not None
    assert refused.value.load.state is LoadState.RUNNING
    go.set()
    done = await first
    assert done.version is not None
    assert (await record.prices())[M] == "0.11"


async def test_a_load_that_lost_most_of_its_rows_is_refused(record: Record) -> None:
    await record.install([offer(f"m{number}i.large", "0.1") for number in range(10)])
    with pytest.raises(RefreshRefused) as refused:
        await record.read([offer("m1i.large", "0.1", read=later(1))])
    assert refused.value.provider is Provider.AWS
    load = await record.loads.get(refused.value.load)
    assert load is not None
    assert load.state is LoadState.REFUSED
    assert load.detail == refused.value.reason
    version = await record.catalogue.newest()
    assert version is not None
    assert version.number == 1


async def test_validating_only_publishes_nothing(record: Record) -> None:
    await record.install()
    done = await record.read(catalogue_of("0.11", read=later(1)), validate_only=True)
    assert (done.version, done.counts.changed) == (None, 1)
    assert (await record.prices())[M] == "0.1008"
    assert await record.scalar("SELECT count(*) FROM pricing.staged_offers") == 3  # the next load sweeps it
    await record.read(catalogue_of("0.12", read=later(2)))
    assert (await record.prices())[M] == "0.12"


async def test_documents_that_have_not_changed_keep_their_offers(record: Record) -> None:
    await record.install()
    await record.read(catalogue_of("0.11", read=later(1)))
    done = await record.read(Batch(coverage=[covers(unchanged=True)]))
    assert isinstance(record.shelf.source, ListedPrices)
    assert {key: value.etag for key, value in record.shelf.source.known[0].items()} == {covers().document: '"1"'}
    assert done.version is not None
    assert done.version.number == 2
    load = await record.loads.get(done.load)
    assert load is not None
    assert load.state is LoadState.UNCHANGED


async def test_a_repeated_request_is_answered_with_what_came_of_it(record: Record) -> None:
    await record.install()
    request = RefreshRequest((Provider.AWS,), request=RequestKey("acme/users/1", uuid4(), b"digest"))
    source = record.shelf.source = ListedPrices([Batch(catalogue_of("0.11", read=later(1)), coverage=[covers()])])
    first = [progress async for progress in record.refresh(request)][-1]
    again = [progress async for progress in record.refresh(request)]
    assert len(again) == 1
    assert (again[0].load, again[0].version, again[0].counts) == (first.load, first.version, first.counts)
    assert len(source.known) == 1
    other = RefreshRequest((Provider.AWS,), request=RequestKey("acme/users/1", request.request.request_id, b"other"))  # type: ignore[union-attr]
    with pytest.raises(RequestIdReused):
        await anext(record.refresh(other))


async def test_a_load_whose_process_died_is_told_as_interrupted(record: Record) -> None:
    await record.install()
    async with Transaction(record.engine) as work:
        await work.connection.execute(
            text(
                "INSERT INTO pricing.loads "
                "(id, providers, regions, validate_only, owner, began_at, state, counts, detail) "
                "VALUES (gen_random_uuid(), '{aws}', '{}', false, '', now(), 'running', '{}', '')"
            )
        )
        await work.commit()
    await record.read(catalogue_of("0.11", read=later(1)))
    assert await record.scalar("SELECT count(*) FROM pricing.loads WHERE state = 'interrupted'") == 1


async def test_history_is_told_newest_first_with_sources_and_spans(record: Record) -> None:
    await record.install()
    for number, price in enumerate(("0.11", "0.12", "0.12"), 1):
        await record.read(catalogue_of(price, read=later(number)))
    spans = await record.catalogue.spans(M, 2, None)
    assert [str(span.hourly) for span in spans] == ["0.12 USD", "0.11 USD"]
    assert [(span.from_version, span.to_version) for span in spans] == [(3, None), (2, 3)]
    assert spans[0].confirmed.observed_at == later(3)
    (first,) = await record.catalogue.spans(M, 2, spans[-1].id)
    assert str(first.hourly) == "0.1008 USD"
    assert first.to_time == spans[1].from_time
    # Each version is still what it was.
    for number, price in enumerate(("0.1008", "0.11", "0.12", "0.12"), 1):
        held = {one.key.id: one async for page in record.catalogue.offers(number) for one in page}
        assert str(held[M].hourly) == f"{price} USD"


async def test_progress_tells_where_it_is(record: Record) -> None:
    await record.install()
    gate = asyncio.Event()
    record.shelf.source = ListedPrices([gate.wait, Batch(catalogue_of("0.11", read=later(1)), coverage=[covers()])])
    phases: Counter[Phase] = Counter()
    async for progress in record.refresh(RefreshRequest((Provider.AWS,))):
        phases[progress.phase] += 1
        if progress.reading is not None:
            gate.set()
    assert phases[Phase.READING] >= 1
    assert phases[Phase.DONE] == 1


async def test_the_feed_hears_of_a_version_at_once(record: Record) -> None:
    feed = PostgresVersionFeed(record.engine, poll_seconds=3600)
    await record.install()
    await feed.start()
    try:
        assert await feed.after(0, 5) == 1
        waiting = asyncio.create_task(feed.after(1, 30))
        await record.read(catalogue_of("0.11", read=later(1)))
        assert await waiting == 2
        # The connection that listens is lost, and made up for.
        await record.scalar(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'SELECT coalesce(max(number)%'"
        )
        await record.read(catalogue_of("0.12", read=later(2)))
        assert await feed.after(2, 10) == 3
    finally:
        await feed.close()
