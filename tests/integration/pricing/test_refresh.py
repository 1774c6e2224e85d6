"""A refresh of the running service, from a file of 10 MB: all of it is published or nothing."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import grpc
import pytest
from malha.errors import MalhaError, from_rpc
from malha.pricing.v1 import catalog_service_pb2, ingest_service_pb2, offer_pb2
from malha.pricing.v1.catalog_service_pb2_grpc import CatalogServiceStub
from malha.pricing.v1.ingest_service_pb2_grpc import IngestServiceStub

from tests.support.amazon import REGION, Amazon, amazon
from tests.support.aws_price_file import row, sized, stream
from tests.support.mesh_process import ROOT, wait_until
from tests.support.ports import free_port
from tests.support.programs import Database, own_database

_BYTES = 10_000_000
_BAD = 3
_SECONDS = 120.0
DONE = ingest_service_pb2.REFRESH_PHASE_DONE


@dataclass
class Service:
    """The pricing service, and where it reads prices."""

    channel: grpc.Channel
    prices: Amazon

    def refresh(self, request_id: str = "") -> grpc.Call:
        """The stream of a refresh; a new one without the id of an earlier one."""
        request = ingest_service_pb2.RefreshCatalogRequest(
            providers=[offer_pb2.PROVIDER_AWS], request_id=request_id or str(uuid4())
        )
        call: grpc.Call = IngestServiceStub(self.channel).RefreshCatalog(request, timeout=_SECONDS)
        return call

    def refreshed(self, request_id: str = "") -> list[ingest_service_pb2.RefreshCatalogResponse]:
        """All that a refresh tells."""
        steps: list[ingest_service_pb2.RefreshCatalogResponse] = list(self.refresh(request_id))  # type: ignore[call-overload]
        return steps

    def refused(self) -> MalhaError:
        """How a refresh fails."""
        with pytest.raises(grpc.RpcError) as failed:
            self.refreshed()
        return from_rpc(failed.value)

    def search(self, filter_text: str) -> catalog_service_pb2.SearchOffersResponse:
        """The first page."""
        request = catalog_service_pb2.SearchOffersRequest(filter=filter_text)
        page: catalog_service_pb2.SearchOffersResponse = CatalogServiceStub(self.channel).SearchOffers(
            request, timeout=10
        )
        return page

    @property
    def version(self) -> str:
        """The newest."""
        return self.search("").catalogue.name


@pytest.fixture(scope="module")
def service(database: Database, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("refresh")
    (folder / "redis-url").write_text(redis_url)
    _write(folder / "prices.csv")
    with asyncio.Runner() as runner, amazon(folder / "prices.csv") as prices:
        context = own_database(database, folder)
        own = runner.run(context.__aenter__())
        try:
            environment = {
                **{key: value for key, value in os.environ.items() if not key.startswith("MALHA_")},
                **prices.variables,
                # Other tests leave no time over.
                "MALHA_REFRESH_GIVES_WAY": "false",
                "MALHA_COMPONENT": "pricing", "MALHA_REPLICA": "pricing-0", "MALHA_LISTEN": f"127.0.0.1:{free_port()}",
                "MALHA_REDIS_URL_FILE": str(folder / "redis-url"), "MALHA_STATE_DIR": str(folder),
                "MALHA_KEYS_FILE": str(folder / "keys"), "MALHA_DRAIN_SECONDS": "0",
            }  # fmt: skip
            command = [sys.executable, "-m", "services.pricing"]
            database_of = {"migrate": str(own.owner_file), "serve": str(own.service_file)}
            with (folder / "log").open("wb") as log:
                subprocess.run(
                    [*command, "migrate"], cwd=ROOT, stdout=log, stderr=log, check=True,
                    env=environment | {"MALHA_DATABASE_URL_FILE": database_of["migrate"]},
                )  # fmt: skip
                process = subprocess.Popen(
                    [*command, "serve"], cwd=ROOT, stdout=log, stderr=log,
                    env=environment | {"MALHA_DATABASE_URL_FILE": database_of["serve"]},
                )  # fmt: skip
            with grpc.insecure_channel(environment["MALHA_LISTEN"]) as channel:
                try:
                    grpc.channel_ready_future(channel).result(60)
                    yield Service(channel, prices)
                finally:
                    process.terminate()
                    process.wait(30)
        finally:
            runner.run(context.__aexit__(None, None, None))


def _write(file: Path) -> None:
    """Good rows, and behind them some that are no offers: nobody sells such a tenancy."""
    bad = [row({"SKU": f"BAD{number}", "Tenancy": "Odd"}) for number in range(_BAD)]
    with file.open("wb") as target:
        target.writelines(sized(_BYTES))
        target.writelines(list(stream(bad))[1:])


@pytest.fixture
def whole(service: Service) -> Service:
    """The service, after a refresh from the whole file."""
    service.prices.cut = None
    if service.version == "catalogues/1":
        service.refreshed()
    return service


def test_what_was_read_is_published_and_what_is_no_offer_is_held_back(service: Service) -> None:
    before = service.version
    request_id = str(uuid4())
    steps = service.refreshed(request_id)
    last = steps[-1]
    assert last.phase == DONE
    assert last.counts.rejected == _BAD
    assert last.counts.accepted == last.counts.read > 3_000
    assert last.catalogue.name == service.version != before
    page = service.search(f'region = "{REGION}" AND (purchase_option = ON_DEMAND OR purchase_option = RESERVED)')
    assert page.total_size == last.counts.accepted
    assert {offer.provenance.catalogue for offer in page.offers} == {last.catalogue.name}
    assert all(offer.provenance.source.startswith(f"http://{service.prices.host}/") for offer in page.offers)
    held = IngestServiceStub(service.channel).ListQuarantine(ingest_service_pb2.ListQuarantineRequest(), timeout=10)
    assert [each.reason for each in held.rows] == ["unknown_attribute"] * _BAD
    again = service.refreshed(request_id)
    assert [(step.phase, step.catalogue.name) for step in again] == [(DONE, last.catalogue.name)]


def test_a_file_that_ends_within_a_row_publishes_nothing(whole: Service) -> None:
    before = whole.version
    whole.prices.cut = whole.prices.length // 2 + 1
    failed = whole.refused()
    assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "SOURCE_FAILED")
    assert whole.version == before


def test_a_file_with_a_fraction_of_the_last_rows_publishes_nothing(whole: Service) -> None:
    before = whole.version
    with whole.prices.file.open("rb") as file:
        whole.prices.cut = sum(len(line) for line in itertools.islice(file, 1_000))
    failed = whole.refused()
    assert (failed.code, failed.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "LOAD_REFUSED")
    assert whole.version == before


def test_there_is_one_at_a_time_and_whoever_cancels_stops_it(whole: Service) -> None:
    before = whole.version
    whole.prices.gate.clear()
    first = whole.refresh()
    next(first)  # type: ignore[call-overload]
    assert whole.refused().reason == "REFRESH_IN_PROGRESS"
    first.cancel()
    whole.prices.gate.set()
    whole.prices.cut = 1_000
    # It ends soon after, and only then is there another one: which fails for its own reason.
    wait_until(lambda: whole.refused().reason == "SOURCE_FAILED", _SECONDS, "the refresh that was cancelled has ended")
    assert whole.version == before
