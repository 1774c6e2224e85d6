"""Alerts belong to a tenant; who may do what with prices is a matter of roles."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import malha
import pytest
from malha.auth.oauth import OAuth
from malha.pricing.v1 import ingest_service_pb2, offer_pb2

from tests.e2e.surfaces import by_client, by_curl
from tests.support.mesh_process import Mesh
from tests.support.tenants import add_tenant

URL = "https://hooks.example.org/prices"
SECRET = "a secret of at least 32 characters"


@pytest.fixture(scope="module")
def administrator(running: Mesh) -> Iterator[malha.Client]:
    """Whoever administers a tenant of this test's own."""
    with running.connect(add_tenant(running, f"prices-{uuid4().hex[:8]}")) as client:
        yield client


@pytest.fixture(scope="module")
def viewer(running: Mesh, administrator: malha.Client) -> Iterator[malha.Client]:
    """A program of that tenant that only reads."""
    identity = administrator.identity
    account = identity.create_service_account(f"reader-{uuid4().hex[:8]}")
    identity.give_role(account.name, "roles/viewer")
    made = identity.create_key("", owner=account.name)
    with running.connect("") as nobody:
        token = OAuth(nobody.channel).client_credentials(made.api_key.prefix, made.key).access_token
    with running.connect(token) as client:
        yield client


def test_an_alert_is_made_shown_listed_and_removed(client: malha.Client, running: Mesh, curl: str) -> None:
    asked = {"displayName": "H100 in Europe", "filter": 'gpu_model = "H100"', "webhookUrl": URL, "secret": SECRET}
    made = by_curl(curl, running, "POST", "/v1/priceAlerts", {**asked, "requestId": str(uuid4())}).body
    assert asked.items() - made.items() == {("secret", SECRET)}, "the secret is never shown again"
    assert "secret" not in made
    assert made["creator"].startswith(("users/", "serviceAccounts/"))
    assert by_client(client, "GetPriceAlert", {"name": made["name"]}).body["priceAlert"] == made
    assert made["name"] in {alert.name for alert in client.pricing.list_price_alerts(page_size=1)}
    assert list(client.pricing.list_alert_deliveries(made["name"])) == []
    client.pricing.delete_price_alert(made["name"])
    gone = by_client(client, "GetPriceAlert", {"name": made["name"]})
    assert (gone.code, gone.detail("ErrorInfo")["reason"]) == ("NOT_FOUND", "ALERT_NOT_FOUND")
    assert gone.detail("ResourceInfo")["resourceName"] == made["name"]


def test_making_and_removing_can_be_repeated(client: malha.Client) -> None:
    make, remove = str(uuid4()), str(uuid4())

    def create(name: str) -> str:
        return client.pricing.create_price_alert(name, webhook_url=URL, secret=SECRET, request_id=make).name

    first = create("mine")
    assert create("mine") == first
    with pytest.raises(malha.InvalidArgument) as caught:
        create("another")
    assert caught.value.reason == "REQUEST_ID_REUSED"
    for _ in range(2):
        client.pricing.delete_price_alert(first, request_id=remove)


def test_alerts_are_their_tenants(client: malha.Client, administrator: malha.Client) -> None:
    alert = administrator.pricing.create_price_alert("theirs", webhook_url=URL, secret=SECRET).name
    assert alert not in {each.name for each in client.pricing.list_price_alerts()}
    for look in (client.pricing.get_price_alert, client.pricing.delete_price_alert):
        with pytest.raises(malha.NotFound) as caught:
            look(alert)
        assert caught.value.reason == "ALERT_NOT_FOUND"
    assert [each.name for each in administrator.pricing.list_price_alerts()] == [alert]


def test_who_reads_may_search_and_ask_and_nothing_else(viewer: malha.Client) -> None:
    assert next(iter(viewer.pricing.search_offers(page_size=1))).name
    assert viewer.pricing.answer_question("cheapest H100 in Europe").text
    list(viewer.pricing.list_price_alerts())
    for refused in (
        lambda: viewer.pricing.create_price_alert("x", webhook_url=URL, secret=SECRET),
        lambda: list(viewer.pricing.refresh_catalogue()),
        lambda: list(viewer.pricing.list_quarantine()),
    ):
        with pytest.raises(malha.PermissionDenied) as caught:
            refused()
        assert caught.value.reason == "PERMISSION_MISSING"


def test_the_catalogue_is_the_platforms(client: malha.Client, administrator: malha.Client) -> None:
    row, state = f"quarantinedRows/{uuid4()}", ingest_service_pb2.QUARANTINE_STATE_DISMISSED
    for refused in (
        lambda: list(administrator.pricing.refresh_catalogue()),
        lambda: list(administrator.pricing.list_quarantine()),
        lambda: administrator.pricing.review_quarantine(row, state, "no"),
    ):
        with pytest.raises(malha.PermissionDenied):
            refused()
    assert list(client.pricing.list_quarantine()) == []
    with pytest.raises(malha.NotFound) as not_found:
        client.pricing.review_quarantine(row, state, "no")
    assert not_found.value.reason == "QUARANTINED_ROW_NOT_FOUND"
    # Whoever looks after the mesh is let in, and Google's prices need a key that this mesh was not given.
    with pytest.raises(malha.MalhaError) as caught:
        list(client.pricing.refresh_catalogue(providers=[offer_pb2.PROVIDER_GCP]))
    assert caught.value.reason == "SOURCE_NOT_CONFIGURED"
