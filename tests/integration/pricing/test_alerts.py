"""Alerts are their tenant's own; what they ask for is told at least once, and by one process at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from services.pricing.adapters import postgres as adapter
from services.pricing.adapters.postgres.alerts import PostgresAlerts
from services.pricing.adapters.postgres.feed import PostgresVersionFeed
from services.pricing.adapters.postgres.outbox import PostgresOutbox
from services.pricing.adapters.postgres.tables import metadata
from services.pricing.adapters.webhooks import HttpWebhook
from services.pricing.domain import alerts as words
from services.pricing.domain.alerts import Alert, Delivery, DeliveryState, Outcome, signature
from services.pricing.domain.errors import AlertNotFound, TooManyAlerts, WebhookNotAllowed
from services.pricing.usecases import alerts as usecases
from services.pricing.usecases.alerts import CreateAlert, delete_alert, get_alert, list_alerts, list_deliveries
from services.pricing.usecases.deliver_alerts import DeliverAlerts
from services.runtime.db import Transaction, UnitOfWork
from services.runtime.exceptions import FilterInvalid
from services.runtime.listing import OrderTerm
from services.runtime.listing.page import Listing
from services.runtime.secrets import KeyRing, Vault, create_keys
from tests.integration.pricing.catalogue import catalogue_of, later, offer
from tests.integration.pricing.conftest import Record
from tests.support.programs import Database

SECRET = "a secret of more than 32 characters"
URL = "https://hooks.example/prices"
LISTING = Listing("ListPriceAlerts", {}, {}, (OrderTerm("create_time", descending=True),))


class Heard:
    """A receiver; `answers` say how attempts end, the last of them for all that follow."""

    def __init__(self, *answers: bool) -> None:
        self._answers = list(answers) or [True]
        self.got: list[tuple[str, bytes, Mapping[str, str]]] = []

    def check(self, url: str) -> None:
        HttpWebhook().check(url)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        self.got.append((url, body, headers))
        await asyncio.sleep(0)
        good = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return Outcome(good, "http 200" if good else "http 500")


class Office:
    """The alerts of some tenants, and those who deliver."""

    def __init__(self, record: Record, folder: Path) -> None:
        self.record = record
        create_keys(folder / "keys.json")
        self.vault = Vault(KeyRing(folder / "keys.json"))
        self.outbox = PostgresOutbox(record.engine, self.vault)

    async def make(self, tenant: str = "acme", wanted: str = "", url: str = URL) -> Alert:
        async with UnitOfWork(self.record.engine, tenant) as work:
            create = CreateAlert(HttpWebhook(), self.record.clock)
            made = await create(PostgresAlerts(work, self.vault), "users/1", "prices", wanted, url, SECRET)
            await work.commit()
        return made

    async def find(self, tenant: str, alert: UUID) -> Alert:
        async with UnitOfWork(self.record.engine, tenant) as work:
            return await get_alert(PostgresAlerts(work, self.vault), alert)

    async def remove(self, tenant: str, alert: UUID) -> None:
        async with UnitOfWork(self.record.engine, tenant) as work:
            await delete_alert(PostgresAlerts(work, self.vault), alert)
            await work.commit()

    async def all(self, tenant: str) -> list[Alert]:
        async with UnitOfWork(self.record.engine, tenant) as work:
            return await list_alerts(PostgresAlerts(work, self.vault), LISTING.page("", "", "", 100))

    async def sent(self, tenant: str, alert: UUID) -> list[Delivery]:
        async with UnitOfWork(self.record.engine, tenant) as work:
            return await list_deliveries(PostgresAlerts(work, self.vault), alert, LISTING.page("", "", "", 100))

    def delivering(self, webhook: Heard) -> DeliverAlerts:
        feed = PostgresVersionFeed(self.record.engine)
        return DeliverAlerts(self.outbox, webhook, feed, self.record.clock)

    async def let_time_pass(self, tenant: str = "acme") -> None:
        """Whatever waits is due."""
        async with UnitOfWork(self.record.engine, tenant) as work:
            await work.connection.execute(text("UPDATE pricing.deliveries SET due_at = now() - interval '1 second'"))
            await work.commit()


@pytest.fixture
async def office(record: Record, tmp_path: Path) -> Office:
    await record.install()
    return Office(record, tmp_path)


async def test_an_alert_is_told_of_what_is_published_after_it(office: Office) -> None:
    await office.record.read(catalogue_of("0.11", read=later(1)))
    alert = await office.make()
    heard = Heard()
    deliver = office.delivering(heard)
    assert await deliver.work() == 0
    await office.record.read(catalogue_of("0.12", read=later(2)))
    assert await deliver.work() == 1
    ((url, body, headers),) = heard.got
    (delivery,) = await office.sent("acme", alert.id)
    told = json.loads(body)
    assert url == URL
    assert (told["delivery"], told["alert"]) == (str(delivery.id), f"priceAlerts/{alert.id}")
    assert (told["catalogue"], told["total_changes"]) == ("catalogues/3", 1)
    assert told["changes"][0]["old_hourly_price"] == {"currency": "USD", "amount": "0.11"}
    assert told["changes"][0]["new_hourly_price"] == {"currency": "USD", "amount": "0.12"}
    assert told["changes"][0]["observe_time"] == later(2).isoformat()
    moment = int(office.record.clock.now().timestamp())
    assert headers["malha-signature"] == signature(SECRET.encode(), moment, delivery.id, body)
    assert (delivery.state, delivery.attempts, delivery.outcome) == (DeliveryState.DELIVERED, 1, "http 200")
    assert await deliver.work() == 0


async def test_only_what_the_filter_lets_through_is_told(office: Office) -> None:
    some = await office.make(wanted='instance_type = "m7i.large"')
    none = await office.make(wanted="provider = GCP")
    all_ = await office.make("other")
    await office.record.read([*catalogue_of("0.11", read=later(1)), offer("new.large", "0.1", read=later(1))])
    await office.record.read(catalogue_of("0.11", read=later(2)))
    heard = Heard()
    assert await office.delivering(heard).work() == 3
    bodies = [json.loads(body) for _, body, _ in heard.got]
    counts = {(one["alert"], one["catalogue"], one["total_changes"]) for one in bodies}
    assert counts == {
        (f"priceAlerts/{some.id}", "catalogues/2", 1),
        (f"priceAlerts/{all_.id}", "catalogues/2", 2),
        (f"priceAlerts/{all_.id}", "catalogues/3", 1),
    }
    assert await office.sent("acme", none.id) == []


async def test_a_delivery_has_the_first_of_many_changes_and_says_how_many_there_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.make()
    many = [offer(f"t{number}.large", "0.1", read=later(1)) for number in range(words.MOST_CHANGES + 20)]
    await office.record.read([*catalogue_of("0.11", read=later(1)), *many])
    heard = Heard()
    await office.delivering(heard).work()
    told = json.loads(heard.got[0][1])
    assert told["total_changes"] == words.MOST_CHANGES + 21
    sequences = [change["sequence"] for change in told["changes"]]
    assert sequences == list(range(1, words.MOST_CHANGES + 1))


async def test_a_failed_attempt_is_made_again_later_with_the_same_id_until_none_is_left(office: Office) -> None:
    alert = await office.make()
    await office.record.read(catalogue_of("0.11", read=later(1)))
    heard = Heard(False)
    deliver = office.delivering(heard)
    for attempt in range(1, words.MOST_ATTEMPTS + 1):
        assert await deliver.work() == 1
        assert await deliver.work() == 0  # not before its pause is over
        (delivery,) = await office.sent("acme", alert.id)
        assert (delivery.attempts, delivery.outcome) == (attempt, "http 500")
        await office.let_time_pass()
    assert delivery.state is DeliveryState.GIVEN_UP
    assert await deliver.work() == 0
    assert len({headers["malha-delivery"] for _, _, headers in heard.got}) == 1
    assert len({body for _, body, _ in heard.got}) == 1


async def test_many_processes_deliver_each_once(office: Office) -> None:
    for _ in range(20):
        await office.make()
    await office.record.read(catalogue_of("0.11", read=later(1)))
    receivers = [Heard() for _ in range(4)]
    await asyncio.gather(*(office.delivering(heard).work() for heard in receivers))
    # Who came while another was making the deliveries found none.
    await office.delivering(receivers[0]).work()
    ids = [headers["malha-delivery"] for heard in receivers for _, _, headers in heard.got]
    assert len(ids) == len(set(ids)) == 20


async def test_what_a_dead_process_had_is_delivered_by_another_and_the_dead_one_changes_nothing(office: Office) -> None:
    alert = await office.make()
    await office.record.read(catalogue_of("0.11", read=later(1)))
    await office.outbox.tell()
    (stale,) = await office.outbox.claim(8, 60)
    assert await office.outbox.claim(8, 60) == []
    await office.let_time_pass()  # its lease is over
    (taken,) = await office.outbox.claim(8, 60)
    assert (taken.id, taken.attempt) == (stale.id, 2)
    assert not await office.outbox.settle(stale, Outcome(False, "timeout"), timedelta())
    assert await office.outbox.settle(taken, Outcome(True, "http 200"), timedelta())
    (delivery,) = await office.sent("acme", alert.id)
    assert (delivery.state, delivery.outcome) == (DeliveryState.DELIVERED, "http 200")


async def test_nobody_of_another_tenant_sees_or_removes_an_alert(office: Office) -> None:
    alert = await office.make()
    await office.record.read(catalogue_of("0.11", read=later(1)))
    await office.delivering(Heard()).work()
    for attempt in (office.find, office.remove, office.sent):
        with pytest.raises(AlertNotFound):
            await attempt("other", alert.id)
    assert await office.all("other") == []
    assert await office.all("acme") == [alert]
    assert await office.find("acme", alert.id) == alert
    await office.remove("acme", alert.id)
    for attempt in (office.find, office.remove, office.sent):
        with pytest.raises(AlertNotFound):
            await attempt("acme", alert.id)
    async with UnitOfWork(office.record.engine, "acme") as work:
        assert await work.connection.scalar(text("SELECT count(*) FROM pricing.deliveries")) == 0


async def test_the_database_shows_no_other_tenants_rows_and_no_secret(office: Office, own: Database) -> None:
    await office.make()
    for statement in ("SELECT count(*) FROM pricing.alerts", "SELECT count(*) FROM pricing.deliveries"):
        async with Transaction(office.record.engine) as work:
            assert await work.connection.scalar(text(statement)) == 0
    async with UnitOfWork(office.record.engine, "acme") as work:
        sealed = await work.connection.scalar(text("SELECT secret FROM pricing.alerts"))
    assert SECRET.encode() not in sealed
    admin = await asyncpg.connect(own.admin.replace("+asyncpg", ""))
    try:
        for table in metadata.sorted_tables:
            if "tenant" in table.c:
                assert table.primary_key.columns.keys()[0] == "tenant"
                forced = "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass"
                assert await admin.fetchval(forced, table.fullname)
    finally:
        await admin.close()
    assert (Path(adapter.__file__).parent / "migrations").is_dir()


async def test_what_can_never_work_is_refused_when_the_alert_is_made(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(FilterInvalid):
        await office.make(wanted="price = 1")
    with pytest.raises(WebhookNotAllowed):
        await office.make(url="https://169.254.169.254/")
    monkeypatch.setattr(usecases, "MOST_ALERTS", 2)
    await asyncio.gather(*(office.make() for _ in range(2)))
    with pytest.raises(TooManyAlerts) as refused:
        await office.make()
    assert refused.value.limit == 2
    await office.make("other")
    with pytest.raises(AlertNotFound):
        await office.find("acme", uuid4())


async def test_old_deliveries_go(office: Office) -> None:
    alert = await office.make()
    await office.record.read(catalogue_of("0.11", read=later(1)))
    await office.delivering(Heard()).work()
    assert await office.outbox.expire(timedelta(days=1)) == 0
    async with UnitOfWork(office.record.engine, "acme") as work:
        await work.connection.execute(text("UPDATE pricing.deliveries SET ended_at = now() - interval '2 days'"))
        await work.commit()
    assert await office.outbox.expire(timedelta(days=1)) == 1
    assert await office.sent("acme", alert.id) == []
