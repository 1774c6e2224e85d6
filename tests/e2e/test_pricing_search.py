"""Offers are found by filter, order and page, and every way in finds the same."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import malha
import pytest
from google.type.money_pb2 import Money

from tests.e2e.surfaces import by_client, by_curl, by_grpcurl
from tests.support.mesh_process import Mesh

EUROPE = "gpu_count >= 1 AND area:europe AND purchase_option = ON_DEMAND"
M7I = "offers/aws~us-east-1~m7i.large~on_demand"


def _amount(money: Money) -> Decimal:
    return money.units + Decimal(money.nanos).scaleb(-9)


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"filter": EUROPE, "orderBy": "price_per_gpu_hour", "pageSize": 50},
        {"filter": 'instance_type = "m7i.large" AND hourly_price < 0.11', "orderBy": "region desc"},
        {"filter": "provider = GCP AND term_months = 36", "orderBy": "vcpus desc, price_per_gib_hour", "pageSize": 7},
    ],
    ids=["all", "accelerators", "one type", "commitments"],
)
def test_client_grpcurl_and_curl_find_the_same_offers(
    client: malha.Client, running: Mesh, grpcurl: str, curl: str, request_: dict[str, Any]
) -> None:
    first = by_client(client, "SearchOffers", request_).body
    assert first["offers"]
    assert by_grpcurl(grpcurl, running, "SearchOffers", request_).body == first
    assert by_curl(curl, running, "GET", f"/v1/offers?{urlencode(request_)}", None).body == first


def test_an_offer_is_the_same_alone(client: malha.Client, running: Mesh, curl: str) -> None:
    found = by_client(client, "SearchOffers", {"filter": EUROPE, "pageSize": 3}).body["offers"]
    for offer in found:
        assert by_client(client, "GetOffer", {"name": offer["name"]}).body["offer"] == offer
        assert by_curl(curl, running, "GET", f"/v1/{offer['name']}", None).body == offer


def test_what_is_found_matches_and_is_in_order(client: malha.Client) -> None:
    found = list(client.pricing.search_offers(filter=EUROPE, order_by="price_per_gpu_hour", page_size=40))
    prices = [_amount(offer.price_per_gpu_hour) for offer in found]
    assert prices == sorted(prices)
    areas = {region.name: region.areas for region in client.pricing.list_regions()}
    names = {provider.provider: provider.name for provider in client.pricing.list_providers().providers}
    for offer in found:
        assert offer.instance.gpu.count >= 1
        assert "europe" in areas[f"{names[offer.provider]}/regions/{offer.region}"]
        for part, of in ((offer.price_per_gpu_hour, offer.instance.gpu.count),
                         (offer.price_per_vcpu_hour, offer.instance.vcpus),
                         (offer.price_per_gib_hour, offer.instance.memory_gib)):  # fmt: skip
            assert abs(_amount(part) * Decimal(of) - _amount(offer.hourly_price)) <= Decimal(of) * Decimal("5e-10")


def test_pages_are_of_one_version_and_have_every_offer_once(client: malha.Client) -> None:
    pages = list(client.pricing.search_pages(order_by="instance_type desc", page_size=500))
    assert len({page.catalogue.name for page in pages}) == 1
    names = [offer.name for page in pages for offer in page.offers]
    assert len(names) == len(set(names)) == pages[0].total_size == pages[0].catalogue.offers
    providers = client.pricing.list_providers()
    assert sum(provider.offers for provider in providers.providers) == len(names)
    assert sum(region.offers for region in client.pricing.list_regions(page_size=7)) == len(names)


def test_a_token_is_good_for_the_same_search_and_version_only(client: malha.Client) -> None:
    token = by_client(client, "SearchOffers", {"pageSize": 1}).body["nextPageToken"]
    assert by_client(client, "SearchOffers", {"pageSize": 2, "pageToken": token}).code == "OK"
    for other in ({"filter": "vcpus > 1"}, {"orderBy": "vcpus"}):
        refused = by_client(client, "SearchOffers", {**other, "pageToken": token})
        assert (refused.code, refused.detail("ErrorInfo")["reason"]) == ("INVALID_ARGUMENT", "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize(
    ("filter_", "position"),
    [("vcpus >= 4 AND colour = 1", "16"), ('vcpus >= "many"', "10"), ("(vcpus > 1", "11")],
    ids=["field", "value", "end"],
)
def test_what_cannot_be_read_is_shown_where_it_stands(client: malha.Client, filter_: str, position: str) -> None:
    refused = by_client(client, "SearchOffers", {"filter": filter_})
    info = refused.detail("ErrorInfo")
    assert (refused.code, info["reason"]) == ("INVALID_ARGUMENT", "FILTER_INVALID")
    assert info["metadata"]["position"] == position, refused.body


def test_an_offer_that_is_not_there_is_named(client: malha.Client, running: Mesh, curl: str) -> None:
    name = "offers/aws~us-east-1~m7i.tiny~on_demand"
    for refused in (
        by_client(client, "GetOffer", {"name": name}),
        by_client(client, "ListPriceHistory", {"parent": name}),
        by_client(client, "CompareOffers", {"subjects": [{"offer": name}]}),
        by_curl(curl, running, "GET", f"/v1/{name}", None),
    ):
        assert (refused.code, refused.detail("ErrorInfo")["reason"]) == ("NOT_FOUND", "OFFER_NOT_FOUND")
        resource = refused.detail("ResourceInfo")
        assert (resource["resourceType"], resource["resourceName"]) == ("malha.pricing.v1.Offer", name)


def test_the_reference_catalogue_says_what_it_is(client: malha.Client) -> None:
    current = client.pricing.get_catalogue()
    assert client.pricing.get_catalogue(current.name) == current
    assert current.notice.startswith("reference catalogue, read 2026-11-20")
    (price,) = client.pricing.list_price_history(M7I)
    assert price.hourly_price == client.pricing.get_offer(M7I).hourly_price
    assert not price.HasField("end_time")


def test_token_prices_are_found_by_a_part_of_a_name(client: malha.Client, running: Mesh, curl: str) -> None:
    first = by_client(client, "ListTokenPrices", {"query": "HAIKU", "pageSize": 5}).body
    assert first["tokenPrices"]
    assert all("haiku" in price["model"].lower() for price in first["tokenPrices"])
    assert by_curl(curl, running, "GET", "/v1/tokenPrices?query=HAIKU&pageSize=5", None).body == first


def test_what_is_watched_is_checked_first(client: malha.Client) -> None:
    refused = by_client(client, "WatchPriceChanges", {"filter": "colour = 1"})
    assert (refused.code, refused.detail("ErrorInfo")["reason"]) == ("INVALID_ARGUMENT", "FILTER_INVALID")
