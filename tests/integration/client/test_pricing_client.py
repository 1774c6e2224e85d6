"""The clients of the pricing services against a server: pages, request ids, streams and errors."""

from __future__ import annotations

from contextlib import aclosing, closing
from itertools import islice
from typing import TYPE_CHECKING

import malha
import pytest
from malha.pricing.v1 import ingest_service_pb2, intent_pb2, offer_pb2

from tests.integration.client.fake_pricing import CHANGES, OFFERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.client.conftest import PricingMesh

NAMES = [offer.name for offer in OFFERS]


@pytest.fixture
def client(prices: PricingMesh) -> Iterator[malha.Client]:
    with malha.connect(prices.url, token="") as client:
        yield client


def test_a_search_goes_over_all_pages_as_they_are_needed(prices: PricingMesh, client: malha.Client) -> None:
    found = client.pricing.search_offers(filter="vcpus >= 2", page_size=2)
    assert next(found).name == NAMES[0]
    assert len(prices.told.requests) == 1
    assert [offer.name for offer in found] == NAMES[1:]
    assert [request.page_token for request in prices.told.requests] == ["", "2"]  # type: ignore[attr-defined]


def test_a_page_tells_the_version_and_how_many_there_are(client: malha.Client) -> None:
    page = next(client.pricing.search_pages())
    assert (page.total_size, page.catalogue.name) == (3, "catalogues/7")


def test_offers_and_needs_can_be_compared_by_name_and_by_constraints(prices: PricingMesh, client: malha.Client) -> None:
    need = intent_pb2.Constraints(min_vcpus=2)
    answer = client.pricing.compare_offers([NAMES[0], need], quantity=3)
    assert len(answer.rows) == 2
    request = prices.told.requests[0]
    assert [each.WhichOneof("wanted") for each in request.subjects] == ["offer", "need"]  # type: ignore[attr-defined]


def test_a_watch_goes_on_behind_the_last_change_when_it_is_cut_off(prices: PricingMesh, client: malha.Client) -> None:
    prices.told.breaks_left = 2
    with closing(client.pricing.watch_price_changes()) as watch:  # type: ignore[type-var]
        changes = [each.change.sequence for each in islice(watch, CHANGES + 3) if each.HasField("change")]
    assert changes == list(range(1, CHANGES + 1))
    assert [request.after for request in prices.told.requests] == [0, 2, 4]  # type: ignore[attr-defined]


def test_a_watch_ends_when_its_time_is_over(client: malha.Client) -> None:
    sequences = {each.sequence for each in client.pricing.watch_price_changes(after=CHANGES - 1, timeout=0.3)}
    assert sequences == {CHANGES - 1, CHANGES}


def test_a_watch_that_never_begins_is_told() -> None:
    with malha.connect("http://127.0.0.1:1", token="") as client, pytest.raises(malha.Unavailable):
        next(client.pricing.watch_price_changes())


def test_a_question_is_answered_step_by_step_or_at_once(client: malha.Client) -> None:
    events = [event.WhichOneof("event") for event in client.pricing.ask_question("cheapest m7i")]
    assert events == ["intent", "step", "answer"]
    assert client.pricing.answer_question("cheapest m7i").text == "It is m7i.large."


def test_a_lost_decision_is_repeated_with_the_same_request_id(prices: PricingMesh, client: malha.Client) -> None:
    prices.told.failures_left = 2
    client.pricing.review_quarantine("quarantinedRows/1", ingest_service_pb2.QUARANTINE_STATE_APPROVED, "looked at it")
    ids = [request.request_id for request in prices.told.requests]  # type: ignore[attr-defined]
    assert len(ids) == 3 and len(set(ids)) == 1


def test_errors_of_streams_and_calls_carry_their_reason(client: malha.Client) -> None:
    with pytest.raises(malha.FailedPrecondition, match="SOURCE_NOT_CONFIGURED"):
        list(client.pricing.refresh_catalogue(providers=[offer_pb2.PROVIDER_GCP]))
    with pytest.raises(malha.NotFound, match="OFFER_NOT_FOUND"):
        client.pricing.get_offer("offers/none")


async def test_the_asyncio_client_does_the_same(prices: PricingMesh) -> None:
    prices.told.breaks_left = 1
    async with malha.connect_async(prices.url, token="") as client:
        assert [offer.name async for offer in client.pricing.search_offers()] == NAMES
        assert (await client.pricing.get_offer(NAMES[0])).name == NAMES[0]
        assert (await client.pricing.answer_question("cheapest m7i")).text == "It is m7i.large."
        changes = []
        async with aclosing(client.pricing.watch_price_changes()) as watch:  # type: ignore[type-var]
            async for message in watch:
                changes += [message.change.sequence] if message.HasField("change") else []
                if len(changes) == CHANGES:
                    break
        assert changes == list(range(1, CHANGES + 1))
        phases = [message.phase async for message in client.pricing.refresh_catalogue()]
        assert phases[-1] == ingest_service_pb2.REFRESH_PHASE_DONE
        with pytest.raises(malha.NotFound):
            await client.pricing.get_offer("offers/none")
