"""A page that is put together from bytes is the message that would have been built."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from malha.pricing.v1 import catalog_service_pb2

from services.pricing import encode_offers
from services.pricing.convert import catalogue_to_proto, offer_to_proto
from services.pricing.domain.index import CatalogueIndex, Holder
from services.pricing.domain.offers import Offer
from services.pricing.encode_offers import OfferEncoder
from services.pricing.usecases.search_offers import OffersFound, SearchOffers
from tests.support.pricing import synthetic_offers, synthetic_version
from tests.unit.pricing.index.made_up import indexed, offers

Response = catalog_service_pb2.SearchOffersResponse


def _built(page: OffersFound) -> catalog_service_pb2.SearchOffersResponse:
    version = page.index.version
    return Response(
        offers=[offer_to_proto(page.index.offer(row), version.number) for row in page.found.rows.tolist()],
        next_page_token=page.next_page_token,
        total_size=page.found.total,
        catalogue=catalogue_to_proto(version),
    )


def _read(encoder: OfferEncoder, page: OffersFound) -> Any:
    return Response.FromString(encoder(page).SerializeToString())


@given(offers())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_it_is_the_same_message_the_first_time_and_again(some: list[Offer]) -> None:
    encoder, page = OfferEncoder(), SearchOffers(Holder(indexed(some)))(page_size=3)
    assert _read(encoder, page) == _built(page)
    assert _read(encoder, page) == _built(page)


def test_every_page_of_two_versions_by_turns() -> None:
    encoder, some = OfferEncoder(), synthetic_offers(60)
    versions = [CatalogueIndex.build(synthetic_version(number, 60), some[number:]) for number in (1, 2)]
    searches = [SearchOffers(Holder(index)) for index in versions]
    pages = [search(page_size=25) for search in searches]
    while True:
        for page in pages:
            assert _read(encoder, page) == _built(page)
        if not all(page.next_page_token for page in pages):
            break
        pages = [
            search(page_size=25, page_token=page.next_page_token) for search, page in zip(searches, pages, strict=True)
        ]


def test_it_keeps_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode_offers, "_MOST", 10)
    encoder, search = (
        OfferEncoder(),
        SearchOffers(Holder(CatalogueIndex.build(synthetic_version(1, 60), synthetic_offers(60)))),
    )
    page = search(page_size=50)
    assert _read(encoder, page) == _built(page)
    assert len(encoder._offers) <= 10
