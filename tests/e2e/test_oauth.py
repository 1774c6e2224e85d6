"""Stock OAuth2 clients get on with the edge: authlib over httpx, and a browser without script, over HTTPS."""

from __future__ import annotations

import json
import re
import secrets
import ssl
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from tests.support.mesh_process import Mesh, wait_until

# Each replica asks every two seconds for what was taken back; with something on top for a busy machine.
_ASKING_SECONDS = 2.5
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def trust(running: Mesh) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(running.ca))


@pytest.fixture(scope="module")
def browser(running: Mesh, trust: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Somebody without a token."""
    with httpx.Client(base_url=f"https://{running.edge}", verify=trust, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def metadata(browser: httpx.Client) -> dict[str, Any]:
    """What a stock client reads first."""
    answer = browser.get("/.well-known/openid-configuration")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def key(running: Mesh) -> tuple[str, str]:
    """The API key of whoever started the mesh."""
    found = json.loads((running.state / "credentials" / "development.json").read_text())
    return found["client_id"], found["client_secret"]


@pytest.fixture(scope="module")
def administrator(running: Mesh) -> dict[str, str]:
    """The first administrator, by the password that was shown once."""
    found = re.search(r"with the password (\S+)", running.said)
    assert found is not None, running.said
    return {"username": "admin", "password": found[1]}


@pytest.fixture
def program(trust: ssl.SSLContext, key: tuple[str, str], metadata: dict[str, Any]) -> Iterator[OAuth2Client]:
    """A stock client with a secret."""
    with OAuth2Client(*key, verify=trust, token_endpoint=metadata["token_endpoint"], timeout=30) as client:
        yield client


@pytest.fixture
def terminal(trust: ssl.SSLContext, metadata: dict[str, Any]) -> Iterator[OAuth2Client]:
    """A stock client without one."""
    with OAuth2Client(
        "malha-cli", verify=trust, token_endpoint=metadata["token_endpoint"], token_endpoint_auth_method="none",
        timeout=30,
    ) as client:  # fmt: skip
        yield client


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_a_stock_client_obtains_uses_and_revokes_a_token(
    program: OAuth2Client, metadata: dict[str, Any], running: Mesh, method: str
) -> None:
    program.token_endpoint_auth_method = method
    token = program.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
    assert (token["token_type"], token["scope"]) == ("Bearer", "all") and 0 < token["expires_in"] <= 600
    rules = f"https://{running.edge}/v1/rules?page_size=1"
    assert program.get(rules).status_code == 200
    seen = program.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json()
    assert seen["active"] is True and seen["client_id"] == program.client_id and isinstance(seen["exp"], int)
    assert program.revoke_token(metadata["revocation_endpoint"], token["access_token"]).status_code == 200
    assert program.introspect_token(metadata["introspection_endpoint"], token["access_token"]).json() == {
        "active": False
    }
    _wait_until_refused(program, rules)
    assert "TOKEN_REVOKED" in program.get(rules).text


def test_a_stock_client_signs_a_person_in_renews_and_ends_the_session(
    terminal: OAuth2Client, metadata: dict[str, Any], administrator: dict[str, str]
) -> None:
    endpoint = metadata["token_endpoint"]
    first = terminal.fetch_token(endpoint, grant_type="password", **administrator)
    second = terminal.refresh_token(endpoint, first["refresh_token"])
    assert second["access_token"] != first["access_token"] and second["refresh_token"] != first["refresh_token"]
    assert terminal.get(metadata["userinfo_endpoint"]).json()["sub"].startswith("users/")
    assert terminal.revoke_token(metadata["revocation_endpoint"], second["refresh_token"]).status_code == 200
    with pytest.raises(OAuthError) as caught:
        terminal.refresh_token(endpoint, second["refresh_token"])
    assert caught.value.error == "invalid_grant"
    _wait_until_refused(terminal, metadata["userinfo_endpoint"])


def test_refusals_have_the_form_of_the_rfc(browser: httpx.Client, key: tuple[str, str]) -> None:
    wrong = browser.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=(key[0], "wrong"))
    assert wrong.status_code == 401 and wrong.json()["error"] == "invalid_client"
    assert wrong.headers["www-authenticate"].startswith("Basic ") and wrong.headers["cache-control"] == "no-store"
    form = {"grant_type": "password", "client_id": "malha-cli", "username": "nobody", "password": "x"}
    nobody = browser.post("/oauth2/token", data=form)
    assert nobody.status_code == 400 and set(nobody.json()) == {"error", "error_description"}
    assert nobody.json()["error"] == "invalid_grant" and nobody.headers["content-type"] == "application/json"
    strange = browser.post("/oauth2/token", json={"grant_type": "password"})
    assert (strange.status_code, strange.json()["error"]) == (400, "invalid_request")
    query = browser.post("/oauth2/token?grant_type=client_credentials", data={})
    assert query.status_code == 400, "credentials do not belong into an address"


def test_what_is_given_is_kept_by_nobody_and_checks_with_the_published_keys(
    browser: httpx.Client, key: tuple[str, str], metadata: dict[str, Any]
) -> None:
    answer = browser.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=key)
    assert answer.headers["cache-control"] == "no-store"
    token = answer.json()["access_token"]
    keys = jwt.PyJWKSet.from_dict(browser.get("/.well-known/jwks.json").json())
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, keys[header["kid"]], ["EdDSA"], audience="malha", issuer=metadata["issuer"])
    assert (header["typ"], header["alg"]) == ("at+jwt", "EdDSA")
    assert claims["tier"] == "development" and claims["client_id"] == key[0]


def test_a_device_is_let_in_on_a_page_without_script(
    browser: httpx.Client, metadata: dict[str, Any], administrator: dict[str, str]
) -> None:
    client = {"client_id": "malha-cli"}
    codes = browser.post(metadata["device_authorization_endpoint"], data=client).json()
    ask = {**client, "grant_type": _DEVICE_GRANT, "device_code": codes["device_code"]}
    pending = browser.post(metadata["token_endpoint"], data=ask)
    assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
    asked = time.monotonic()
    page = browser.get(codes["verification_uri_complete"])
    assert page.headers["content-type"] == "text/html; charset=utf-8" and codes["user_code"] in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"] and "<script" not in page.text
    question = browser.post(
        metadata["issuer"] + _action(page.text), data={"user_code": codes["user_code"], **administrator}
    )
    ticket = re.search(r'name="ticket" value="([^"]+)"', question.text)
    assert ticket is not None, question.text
    done = browser.post(_action(question.text), data={"ticket": unescape(ticket[1]), "decision": "approve"})
    assert "let in" in done.text and "set-cookie" not in done.headers
    wait_until(lambda: time.monotonic() - asked > codes["interval"], codes["interval"] + 1, "it may ask again")
    tokens = browser.post(metadata["token_endpoint"], data=ask)
    assert tokens.status_code == 200 and tokens.json()["refresh_token"], tokens.text
    assert browser.post(metadata["token_endpoint"], data=ask).json()["error"] == "expired_token"


@pytest.fixture
def person(running: Mesh, terminal: OAuth2Client, metadata: dict[str, Any]) -> Iterator[OAuth2Client]:
    """A stock client with the token of somebody who may do what members may."""
    name, password = f"ana-{secrets.token_hex(4)}", "a password of more than fifteen letters"
    endpoint = metadata["token_endpoint"]
    with running.connect() as client:
        made = client.identity.create_user(name)
        client.identity.give_role(made.user.name, "roles/member")
        terminal.fetch_token(endpoint, grant_type="password", username=name, password=made.one_time_password)
        change = {"currentPassword": made.one_time_password, "newPassword": password, "requestId": str(uuid4())}
        changed = terminal.post(f"https://{running.edge}/v1/account:changePassword", json=change)
        assert changed.status_code == 200, changed.text
        terminal.fetch_token(endpoint, grant_type="password", username=name, password=password)
        yield terminal
        client.identity.delete_user(made.user.name)


def test_somebody_with_a_token_lets_a_device_in_or_turns_it_away(
    browser: httpx.Client, metadata: dict[str, Any], person: OAuth2Client
) -> None:
    approve = f"{metadata['issuer']}/v1/devices:approve"

    def begun(**more: str) -> tuple[str, dict[str, str]]:
        form = {"client_id": "malha-cli", **more}
        codes = browser.post(metadata["device_authorization_endpoint"], data=form).json()
        ask = {"client_id": "malha-cli", "grant_type": _DEVICE_GRANT, "device_code": codes["device_code"]}
        return codes["user_code"], ask

    code, ask = begun(scope="analysis.rules.read identity.users.create")
    decided = person.post(approve, json={"userCode": code.lower().replace("-", " ")})
    assert decided.status_code == 200, decided.text
    assert decided.json()["clientId"] == "malha-cli" and "analysis.rules.read" in decided.json()["scope"].split()
    tokens = browser.post(metadata["token_endpoint"], data=ask).json()
    of_device = {"authorization": f"Bearer {tokens['access_token']}"}
    seen = browser.get(metadata["userinfo_endpoint"], headers=of_device).json()
    assert seen["sub"] == person.get(metadata["userinfo_endpoint"]).json()["sub"]
    assert tokens["scope"] == "analysis.rules.read", "no more than was asked for, and than the person may"
    assert "identity.users.create" not in seen["permissions"]
    assert browser.get("/v1/rules?pageSize=1", headers=of_device).status_code == 200
    assert browser.get("/v1/reports", headers=of_device).status_code == 403
    again = person.post(approve, json={"userCode": code})
    assert (again.status_code, again.json()["error"]["details"][0]["reason"]) == (404, "DEVICE_NOT_FOUND")

    code, ask = begun()
    assert person.post(approve, json={"userCode": code, "deny": True}).status_code == 200
    assert browser.post(metadata["token_endpoint"], data=ask).json()["error"] == "access_denied"


def test_a_program_lets_no_device_in(browser: httpx.Client, metadata: dict[str, Any], key: tuple[str, str]) -> None:
    codes = browser.post(metadata["device_authorization_endpoint"], data={"client_id": "malha-cli"}).json()
    body = {"userCode": codes["user_code"]}
    assert browser.post("/v1/devices:approve", json=body).status_code == 401
    token = browser.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=key).json()["access_token"]
    robot = browser.post("/v1/devices:approve", json=body, headers={"authorization": f"Bearer {token}"})
    assert robot.status_code == 403
    assert robot.json()["error"]["details"][0]["reason"] == "CREDENTIAL_KIND_NOT_ALLOWED"


def _wait_until_refused(client: OAuth2Client, url: str) -> None:
    """Waits until nobody has taken the token for longer than it takes every replica to ask what was taken back."""
    taken = time.monotonic()

    def refused_by_all() -> bool:
        nonlocal taken
        if client.get(url).status_code != 401:
            taken = time.monotonic()
        return time.monotonic() - taken > _ASKING_SECONDS

    wait_until(refused_by_all, 5 * _ASKING_SECONDS, "every replica refuses the token")


def _action(page: str) -> str:
    found = re.search(r'<form method="post" action="([^"]+)"', page)
    assert found is not None, page
    return found[1]
