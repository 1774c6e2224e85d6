"""What is secret is nowhere but where it has to be, whatever the mesh is asked and however that ends."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import httpx
import malha
import psutil
import pyotp
import pytest
import redis
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1 import source_pb2
from malha.auth.oauth import CLIENT_ID

from services.mesh import binaries
from services.mesh.supervisor.envoy import admin
from tests.support.collector import Collected, collector
from tests.support.limits_file import patient_limits
from tests.support.mesh_process import Mesh, mesh, wait_until
from tests.support.planted import Planted
from tests.support.waiting import eventually

# Where secrets are at home, relative to the state folder: for their owner's eyes alone.
HOMES = ("secrets/", "credentials/", "redis/redis.conf")
KEYS = ("pki/", "identity/")


@dataclass
class Exercised:
    """A mesh that has seen secrets, and all that it said."""

    mesh: Mesh
    collected: Collected
    planted: Planted
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    def say(self, what: str, content: str | bytes) -> None:
        self.answers.append((what, content.encode() if isinstance(content, str) else content))


@pytest.fixture(scope="module")
def exercised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exercised]:
    planted = Planted()
    limits = patient_limits(tmp_path_factory.mktemp("limits"))
    with collector() as collected:
        variables = {
            "MALHA_LIMITS_FILE": str(limits),
            "MALHA_TRACE_RATIO": "1",
            "MALHA_OTLP_ENDPOINT": collected.address,
            "MALHA_LOG_LEVEL": "debug",
            # The key of another service, in the environment of whoever starts the mesh.
            "OTHER_SERVICE_API_KEY": planted.plant("a variable of the environment"),
        }
        with mesh(tmp_path_factory.mktemp("secrets") / "state", "--replicas", "pricing=1", **variables) as running:
            seen = Exercised(running, collected, planted)
            _know_those_of_the_mesh(seen)
            token = _sign_in(seen)
            _become_a_user(seen, token)
            _call(seen, token)
            _make_alerts(seen)
            _call_while_the_database_is_slow(seen)
            wait_until(
                lambda: {"analysis", "identity", "pricing", "envoy-edge"} <= collected.services, 30, "spans have come"
            )
            yield seen


def _know_those_of_the_mesh(seen: Exercised) -> None:
    """The secrets that the mesh made for itself."""
    for path in (seen.mesh.state / "secrets").iterdir():
        text = path.read_text(errors="replace").strip()
        if path.suffix == ".json":
            for name, value in _texts(json.loads(text)):
                if len(value) >= 32:
                    seen.planted.know(f"{name} of {path.name}", value)
        else:
            seen.planted.know(path.name, text.rpartition("@")[0].rpartition(":")[2] if "://" in text else text)
    credentials = json.loads((seen.mesh.state / "credentials" / "development.json").read_text())
    seen.planted.know("the developer's key", credentials["client_secret"])


def _texts(document: object, name: str = "") -> Iterator[tuple[str, str]]:
    """All texts in a JSON document, with their keys."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _texts(value, key)
    elif isinstance(document, str):
        yield name, document


def _sign_in(seen: Exercised) -> str:
    """Ask for tokens with good and with bad secrets; a token that is good."""
    planted, plant = seen.planted, seen.planted.plant
    own = json.loads((seen.mesh.state / "credentials" / "development.json").read_text())
    client = (own["client_id"], own["client_secret"])
    machine = {"grant_type": "client_credentials"}
    person = {"grant_type": "password", "client_id": CLIENT_ID}
    found = re.search(r"is (\S+), with the password (\S+)", seen.mesh.said)
    assert found, seen.mesh.said
    planted.know("the administrator's first password", found[2])
    with httpx.Client(base_url=f"http://{seen.mesh.plaintext}", timeout=30) as rest:
        given = rest.post("/oauth2/token", data=machine, auth=client)
        assert given.status_code == 200, given.text
        token = str(given.json()["access_token"])
        device = rest.post("/oauth2/device_authorization", data={"client_id": CLIENT_ID})
        assert device.status_code == 200, device.text
        planted.know("a device's code", device.json()["device_code"])
        signed_in = rest.post("/oauth2/token", data={**person, "username": found[1], "password": found[2]})
        for name, value in _texts(signed_in.json()):
            if name.endswith("_token"):
                planted.know(name, value.rpartition(".")[2])
        for number, part in enumerate(token.split(".")[1:]):
            planted.know(f"part {number + 2} of a token", part)
        wrong = [{"password": plant("a wrong password")}, {"password": "x", "otp": plant("a wrong code")}]
        device_grant = "urn:ietf:params:oauth:grant-type:device_code"
        forms = [
            {**machine, "client_secret": plant("a secret in the form")},
            *({**person, "username": user, **secrets} for user in (found[1], "nobody") for secrets in wrong),
            {**person, "grant_type": "refresh_token", "refresh_token": plant("a wrong refresh token")},
            {**person, "grant_type": device_grant, "device_code": plant("a wrong device code")},
            {**person, "grant_type": device_grant, "device_code": device.json()["device_code"]},
            {**person, "grant_type": plant("a wrong grant")},
            {**person, "username": plant("a password typed for a name"), "password": "x"},
            {
                **machine,
                "client_id": plant("a key typed for a client"),
                "client_secret": plant("a secret of no client"),
            },
        ]
        code = device.json()["user_code"]
        page = {"user_code": code, "username": found[1], "password": plant("a wrong password on the page")}
        pages = [page, {**page, "otp": plant("a wrong code on the page")}, {"ticket": plant("a wrong ticket")}]
        asked = [
            *(rest.post("/oauth2/token", data=form) for form in forms),
            rest.post("/oauth2/token", data=machine, auth=(own["client_id"], plant("a wrong secret"))),
            rest.post("/oauth2/token", data=machine, auth=(plant("no client's name"), "x")),
            rest.post("/oauth2/token", params={"password": plant("a password in the URL")}, data=person),
            rest.post("/oauth2/token", json={"password": plant("a password in JSON")}),
            rest.post("/oauth2/introspect", data={"token": plant("a token to look at")}, auth=client),
            rest.post("/oauth2/introspect", data={"token": token}, auth=client),
            rest.post("/oauth2/revoke", data={"token": plant("a token to take back")}, auth=client),
            *(rest.post("/oauth2/device", data=form) for form in pages),
        ]
    for answer in asked:
        seen.say(f"the answer to {answer.request.url.path}", repr(answer.headers.raw).encode() + answer.content)
    assert {answer.status_code for answer in asked} >= {200, 400, 401}
    return token


def _become_a_user(seen: Exercised, token: str) -> None:
    """A user's first days: a password given, changed and forgotten, a second factor, a session, a key."""
    planted, plant = seen.planted, seen.planted.plant
    password = plant("a new password")
    with httpx.Client(base_url=f"http://{seen.mesh.plaintext}", timeout=30) as rest:

        def ask(bearer: str, path: str, body: Mapping[str, str], *, good: bool = True, **query: str) -> dict[str, Any]:
            answer = rest.post(path, json=body, params=query, headers={"authorization": f"Bearer {bearer}"})
            assert (answer.status_code == 200) is good, (path, answer.text)
            if not good:
                seen.say(f"the refusal of {path}", repr(answer.headers.raw).encode() + answer.content)
            known: dict[str, Any] = answer.json()
            return known

        def sign_in(form: Mapping[str, str], *, good: bool = True) -> dict[str, Any]:
            answer = rest.post("/oauth2/token", data={"client_id": CLIENT_ID, **form})
            assert (answer.status_code == 200) is good, answer.text
            if not good:
                seen.say("the refusal of a login", answer.content)
                return {}
            for name in ("access_token", "refresh_token"):
                planted.know(f"a user's {name}", answer.json()[name].rpartition(".")[2])
            known: dict[str, Any] = answer.json()
            return known

        user = {"username": "ana", "display_name": "Ana", "email": "ana@example.org"}
        made = ask(token, "/v1/users", user, request_id=str(uuid4()))
        once = str(made["oneTimePassword"])
        planted.know("a one-time password", once)
        ask(token, "/v1/users", user, request_id=str(uuid4()), good=False)
        by_password = {"grant_type": "password", "username": "ana"}
        by_refresh = {"grant_type": "refresh_token"}
        session = sign_in({**by_password, "password": once})
        change = {"current_password": once, "new_password": password, "request_id": str(uuid4())}
        wrong = {**change, "current_password": plant("no current password"), "request_id": str(uuid4())}
        ask(session["access_token"], "/v1/account:changePassword", wrong, good=False)
        short = {**change, "new_password": "short", "request_id": str(uuid4())}
        ask(session["access_token"], "/v1/account:changePassword", short, good=False)
        ask(session["access_token"], "/v1/account:changePassword", change)

        session = sign_in({**by_password, "password": password})
        bearer = session["access_token"]
        renewed = sign_in(by_refresh | {"refresh_token": session["refresh_token"]})
        enrolling = {"password": password, "request_id": str(uuid4())}
        enrolled = ask(renewed["access_token"], "/v1/account:enrollTotp", enrolling)
        planted.know("a second factor", enrolled["secret"])
        code = {"code": pyotp.TOTP(enrolled["secret"]).now(), "request_id": str(uuid4())}
        confirmed = ask(renewed["access_token"], "/v1/account:confirmTotp", code)
        for number, recovery in enumerate(confirmed["recoveryCodes"]):
            planted.know(f"recovery code {number}", recovery)
        sign_in({**by_password, "password": password}, good=False)
        sign_in({**by_password, "password": password, "otp": confirmed["recoveryCodes"][0]})
        # A refresh token that comes a second time was copied.
        sign_in(by_refresh | {"refresh_token": session["refresh_token"]}, good=False)
        ask(bearer, "/v1/account:enrollTotp", {**enrolling, "request_id": str(uuid4())}, good=False)

        key = ask(token, "/v1/apiKeys", {"display_name": "a key"}, request_id=str(uuid4()))
        planted.know("a key", key["key"].rpartition("_")[2])
        machine = {"grant_type": "client_credentials"}
        given = rest.post("/oauth2/token", data=machine, auth=(key["apiKey"]["prefix"], key["key"]))
        assert given.status_code == 200, given.text
        ask(token, f"/v1/{key['apiKey']['name']}:revoke", {"request_id": str(uuid4())})
        refused = rest.post("/oauth2/token", data=machine, auth=(key["apiKey"]["prefix"], key["key"]))
        assert refused.status_code == 401
        seen.say("the refusal of a revoked key", refused.content)


def _call(seen: Exercised, token: str) -> None:
    """Send secrets in every place of a request that can hold one, to methods that succeed and that fail."""
    planted = seen.planted
    source = f'# {planted.plant("a comment", at_rest=True)}\npassword = "{planted.plant("a literal")}"\n'
    path = f"{planted.plant('a path', at_rest=True)}.py"
    header = {
        "authorization": f"Bearer {token}",
        "x-api-key": planted.plant("a header"),
        "cookie": f"session={planted.plant('a cookie')}",
    }
    query = {"access_token": planted.plant("a parameter")}
    good = {"source": {"path": path, "text": source}}
    broken = {"source": {"path": path, "text": f"x = '{planted.plant('a broken source')}\n"}}
    with httpx.Client(base_url=f"http://{seen.mesh.plaintext}", timeout=30, headers=header, params=query) as rest:
        # A parameter that the method does not know is a fault of the request; the others come without one.
        asked = [rest.post("/v1/sources:analyze", json=good)]
        rest.params = httpx.QueryParams()
        asked += [
            rest.post("/v1/sources:analyze", json=good),
            rest.post("/v1/sources:analyze", json=broken),
            rest.post("/v1/sources:analyze", json={"source": good, "secret": planted.plant("an unknown field")}),
            rest.post("/v1/sources:analyze", content=b'{"source": {"text": "' + planted.plant("no JSON").encode()),
            rest.post("/v1/sources:analyze", json={"source": {**good["source"], "path": ""}}),
            rest.get("/v1/reports", params={"page_token": planted.plant("a page token")}),
            rest.get("/nowhere", params={"password": planted.plant("a parameter of nothing")}),
            rest.get("/v1/reports", headers={"authorization": f"Bearer {planted.plant('a token')}"}),
            rest.get("/v1/reports", headers={"authorization": f"Basic {planted.plant('another scheme')}"}),
        ]
    for answer in asked:
        # What an answer repeats of its own request told nobody anything; a header or a token it must not repeat.
        seen.say(f"the answer to {answer.request.method} {answer.request.url.path}", repr(answer.headers.raw))
        if answer.status_code >= 400:
            seen.say(f"the error of {answer.request.method} {answer.request.url.path}", answer.content)
    assert {answer.status_code for answer in asked} >= {200, 400, 404}
    with seen.mesh.connect() as client:
        metadata = (("x-secret", planted.plant("metadata")),)
        request = pb.AnalyzeSourceRequest(source=source_pb2.Source(path=path, text=source))
        client.analysis.stub.AnalyzeSource(request, metadata=metadata, timeout=30)
        request.request_id = planted.plant("no request id")
        with pytest.raises(grpc.RpcError) as caught:
            client.analysis.stub.AnalyzeSource(request, metadata=metadata, timeout=30)
        seen.say("the error of AnalyzeSource", repr(caught.value))
        with suppress(malha.MalhaError):
            list(client.analysis.list_reports(filter=f'path = "{planted.plant("a filter")}"'))


def _make_alerts(seen: Exercised) -> None:
    """Secrets that are kept to be used: those of alerts, in a request that succeeds and in others that do not."""
    plant = seen.planted.plant
    with seen.mesh.connect() as client:
        make = partial(client.pricing.create_price_alert, "Ours")
        url = "https://hooks.example.org/"
        # Twice, since it is too short.
        made = make(webhook_url=f"{url}{plant('a webhook', at_rest=True)}", secret=plant("the secret of an alert") * 2)
        seen.say("an alert", repr(client.pricing.get_price_alert(made.name)))
        for more in ({"filter": "colour = 1"}, {"request_id": "7"}):
            with pytest.raises(malha.MalhaError) as caught:
                make(webhook_url=url, secret=plant("the secret of no alert") * 2, **more)
            seen.say("the refusal of an alert", repr(caught.value))
        with pytest.raises(malha.MalhaError) as caught:
            make(webhook_url=f"https://127.0.0.1/{plant('a webhook inside')}", secret=plant("a secret unused") * 2)
        seen.say("the refusal of an address", repr(caught.value))


def _call_while_the_database_is_slow(seen: Exercised) -> None:
    """A statement that waits for a lock for more than a second, of which the database tells in its log."""
    url = (seen.mesh.state / "secrets" / "database-owner-url").read_text().strip().replace("+asyncpg", "")
    path = f"{seen.planted.plant('a path of a slow statement', at_rest=True)}.py"

    def analyse() -> str:
        with seen.mesh.connect() as client:
            return client.analysis.analyze_source(path=path, text="x = 1\n").name

    async def behind_a_lock() -> str:
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                await connection.execute("LOCK TABLE analysis.reports IN EXCLUSIVE MODE")
                analysing = asyncio.create_task(asyncio.to_thread(analyse))
                long = "waitstart < clock_timestamp() - interval '1.2 seconds'"
                waiting = f"SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND {long}"

                async def slow() -> bool:
                    assert not analysing.done(), analysing.result()
                    return bool(await connection.fetchval(waiting))

                await eventually(slow, 20)
        finally:
            await connection.close()
        return await analysing

    assert asyncio.run(behind_a_lock()), "the report was kept after all"


def test_no_answer_repeats_what_is_secret(exercised: Exercised) -> None:
    assert exercised.answers
    # What belongs to the caller and is kept, such as a path, its answers may name.
    leaks = [
        leak for what, content in exercised.answers for leak in exercised.planted.leaks(what, content, at_rest=True)
    ]
    assert leaks == []


def test_no_log_holds_any(exercised: Exercised) -> None:
    logs = {log.name: log.read_bytes() for log in (exercised.mesh.state / "logs").iterdir()}
    assert {
        "edge-access.log",
        "plaintext-access.log",
        "analysis-0.log",
        "identity-0.log",
        "pricing-0.log",
        "postgres.log",
    } <= logs.keys()
    assert [leak for name, log in logs.items() for leak in exercised.planted.leaks(name, log)] == []


def test_no_other_file_holds_any(exercised: Exercised) -> None:
    leaks, loose = [], []
    for path in _files(exercised.mesh.state):
        name = path.relative_to(exercised.mesh.state).as_posix()
        at_home = name.startswith(HOMES)
        if (at_home or name.startswith(KEYS)) and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            loose.append(name)
        if not at_home:
            stored = name.startswith(("postgres/", "redis/"))
            leaks += exercised.planted.leaks(name, path.read_bytes(), at_rest=stored)
    assert leaks == []
    assert [name for name in loose if name not in ("pki/ca.pem", "pki/edge.pem")] == []


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path


def test_no_span_holds_any(exercised: Exercised) -> None:
    assert [leak for export in exercised.collected.exports for leak in exercised.planted.leaks("a span", export)] == []


def test_no_figure_holds_any(exercised: Exercised) -> None:
    pages = {}
    for component in exercised.mesh.status()["components"]:
        for replica in component["replicas"]:
            environment = psutil.Process(replica["pid"]).environ()
            if address := environment.get("MALHA_METRICS_LISTEN"):
                pages[replica["name"]] = httpx.get(f"http://{address}/metrics").content
    for path in ("/stats", "/stats/prometheus", "/clusters", "/config_dump?include_eds", "/server_info", "/memory"):
        _, body = asyncio.run(admin(exercised.mesh.state / "envoy", "GET", path))
        pages[f"envoy's {path}"] = body.encode()
    assert len(pages) > 6
    assert [leak for name, page in pages.items() for leak in exercised.planted.leaks(name, page)] == []


def test_no_verb_prints_any(exercised: Exercised) -> None:
    for verb in (("status", "--json"), ("endpoints", "--json"), ("top", "--once", "--json"), ("flags", "--json"),
                 ("logs", "analysis"), ("logs", "mesh"), ("deployments", "--json")):  # fmt: skip
        done = exercised.mesh.run(*verb)
        assert exercised.planted.leaks(f"malha {' '.join(verb)}", (done.stdout + done.stderr).encode()) == []


def test_redis_holds_none(exercised: Exercised) -> None:
    url = (exercised.mesh.state / "secrets" / "redis-url").read_text().strip()
    read: dict[bytes, Callable[[bytes], object]]
    with redis.Redis.from_url(url) as client:
        read = {
            b"string": client.get,
            b"hash": client.hgetall,
            b"set": client.smembers,
            b"list": lambda key: client.lrange(key, 0, -1),
            b"zset": lambda key: client.zrange(key, 0, -1),
            b"stream": lambda key: client.xrange(key),
        }
        keys = list(client.scan_iter(count=1000))
        assert keys
        found = []
        for key in keys:
            # `repr` would escape what is not printable, and keep what is looked for as it is.
            content = key + b" " + repr(read[client.type(key)](key)).encode()
            found += exercised.planted.leaks(f"Redis, {key!r}", content, at_rest=True)
    assert found == []


def test_the_database_holds_none(exercised: Exercised) -> None:
    # The superuser alone sees the rows of every tenant.
    folder = exercised.mesh.state / "secrets"
    url = (folder / "database-owner-url").read_text().strip().replace("+asyncpg", "")
    place = url.rpartition("@")[2]
    password = (folder / "database-admin-password").read_text()
    done = subprocess.run(
        [str(binaries.find().postgres / "pg_dump"), "--inserts", "--no-password", f"postgresql://postgres@{place}"],
        env={**os.environ, "PGPASSWORD": password}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"INSERT INTO analysis.reports" in done.stdout
    assert b"INSERT INTO pricing.alerts" in done.stdout
    # What those who got in, and those who did not, left in the audit log.
    for told in (b"identity.tokens.issue', 'sessions/", b"CREDENTIALS_WRONG", b"REFRESH_TOKEN_REUSED"):
        assert told in done.stdout
    assert exercised.planted.leaks("the database", done.stdout, at_rest=True) == []


def test_no_command_line_holds_any(exercised: Exercised) -> None:
    supervisor = psutil.Process(exercised.mesh.status()["supervisor"])
    lines = {
        f"the command line of {process.pid}": "\0".join(process.cmdline()).encode()
        for process in (supervisor, *supervisor.children(recursive=True))
    }
    assert len(lines) > 5
    assert [leak for name, line in lines.items() for leak in exercised.planted.leaks(name, line)] == []


def test_what_is_looked_for_would_be_found(exercised: Exercised) -> None:
    """The search itself works: in each form, and for what the mesh made."""
    planted = Planted()
    value = planted.plant("it")
    auth = httpx.BasicAuth("somebody", value)
    header = next(auth.auth_flow(httpx.Request("GET", "http://x"))).headers["authorization"]
    for content in (value, value.encode().hex(), header, f"a={value}&b=c"):
        assert planted.leaks("here", content.encode()), content
    assert not planted.leaks("here", os.urandom(1000))
    assert {"database-url", "redis-url"} <= set(exercised.planted.names)
