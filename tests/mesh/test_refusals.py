"""What Envoy refuses is in the audit log: a real Envoy, a real limiter, the real log on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg
import grpc
import pytest
from malha.limits.v1.decision_pb2 import DecideResponse

from services.identity.audit.refusals.fields import METHOD, SERVICE
from services.runtime import audit
from services.runtime.audit.chain import Progress, verify
from services.runtime.db import make_engine
from services.runtime.settings import RuntimeSettings
from tests.support.envoy_process import Alone, Backend, alone
from tests.support.identity import mesh_credentials
from tests.support.limited_edge import DESCRIBE, DESCRIBE_REST, GUARDED, Issuer
from tests.support.mesh_process import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.programs import Database

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("refusals")]

STRANGER = "stranger"
WRITTEN, DROPPED = (f"access_logs.open_telemetry_access_log.refusals.logs_{how}" for how in ("written", "dropped"))
EXPORT = f"/{SERVICE}/{METHOD}"


@dataclass
class Edge:
    """A guarded Envoy, and the log that it tells what it refuses."""

    envoy: Alone
    issuer: Issuer
    database: Database
    log: Backend | None = None

    def bearer(self, subject: str = "users/ana", **claims: Any) -> str:
        """The header with a good token for the echo's methods, unless `claims` say otherwise."""
        return f"Bearer {self.issuer.token(subject, claims.pop('tier', 'development'), **claims)}"

    def by_grpc(self, path: str = DESCRIBE, **metadata: str) -> grpc.StatusCode:
        """What a call by gRPC is answered."""
        with grpc.insecure_channel(f"127.0.0.1:{self.envoy.edge.plaintext_port}") as channel:
            return _code(channel, path, metadata)

    def by_rest(self, path: str = DESCRIBE_REST, **headers: str) -> int:
        """What a GET is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.envoy.edge.plaintext_port, timeout=10)
        try:
            connection.request("GET", path, headers={key.replace("_", "-"): value for key, value in headers.items()})
            return connection.getresponse().status
        finally:
            connection.close()

    def send(self, request: bytes, times: int = 1) -> None:
        """Sends a request as it is, again and again on one connection, and waits for each answer."""
        with socket.create_connection(("127.0.0.1", self.envoy.edge.plaintext_port), timeout=20) as connection:
            for _ in range(times):
                connection.sendall(request)
                assert connection.recv(65536).startswith(b"HTTP/1.1 4")

    @contextmanager
    def limit(self, name: str) -> Iterator[None]:
        """Within it, whatever Envoy asks the limiter about is beyond this limit."""
        answer = self.envoy.root / "answers" / "ShouldRateLimit"
        decision = DecideResponse(overall_code=DecideResponse.CODE_OVER_LIMIT)
        decision.dynamic_metadata["limit"] = name
        answer.write_bytes(decision.SerializeToString())
        yield
        answer.unlink()

    def entries(self) -> list[dict[str, Any]]:
        """The refusals by Envoy that are in the log, in the order in which they were written."""
        rows = asyncio.run(_rows(self.database.admin))
        found = [{**row, "details": json.loads(row["details"])} for row in rows]
        return [row for row in found if row["details"].get("by") == "envoy"]

    def wait_for(self, **facts: str) -> dict[str, Any]:
        """The entry with these facts, as soon as it is there."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [entry for entry in self.entries() if facts.items() <= entry.items()]
            return bool(found)

        wait_until(look, 15, f"there is an entry with {facts}")
        return found[0]

    def stop_log(self) -> None:
        """Ends the log as a restart does: what it has counted, it writes."""
        assert self.log is not None
        self.log.process.terminate()
        assert self.log.process.wait(20) == 0
        self.log = None
        self.envoy.publish("identity")
        self.envoy.wait_healthy("identity", 0)


def _code(channel: grpc.Channel, path: str, metadata: dict[str, str]) -> grpc.StatusCode:
    named = tuple((key.replace("_", "-"), value) for key, value in metadata.items())
    begin: Any = channel.stream_stream(path)
    call = begin(iter([b""]), timeout=10, metadata=named)
    with suppress(grpc.RpcError):
        list(call)
    code: grpc.StatusCode = call.code()
    return code


async def _rows(url: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return [
            dict(row) for row in await connection.fetch("SELECT * FROM audit.entries ORDER BY time, strand, sequence")
        ]
    finally:
        await connection.close()


async def _broken(database: Database, tenant: str, key: bytes) -> list[Progress]:
    engine = make_engine(RuntimeSettings(database_url_file=database.service_file))
    try:
        return [told async for told in verify(engine, tenant, key) if told.breaks]
    finally:
        await engine.dispose()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, database: Database) -> Iterator[Edge]:
    """An edge without its log."""
    folder, issuer = tmp_path_factory.mktemp("refusals"), Issuer()
    audit.migrate(database.owner)
    with alone(
        folder / "state", workloads=[STRANGER], topology=GUARDED, listeners=issuer.known, issuer=issuer.name
    ) as envoy:
        for cluster in ("limits", "echo"):
            envoy.publish(cluster, envoy.backend(cluster, f"{cluster}-0"))
        for cluster in ("limits", "echo"):
            envoy.wait_healthy(cluster, 1, 30)
        yield Edge(envoy, issuer, database)


@pytest.fixture
def edge(guarded: Edge) -> Edge:
    """The edge with a log that serves: that of the test before or, if that was ended, a new one on nothing."""
    if guarded.log is None:
        asyncio.run(_empty(guarded.database.admin))
        guarded.log = guarded.envoy.replica(
            "identity-0", service="identity", module="tests.support.audit_log",
            MALHA_DATABASE_URL_FILE=str(guarded.database.service_file), MALHA_DRAIN_SECONDS="0",
        )  # fmt: skip
        guarded.envoy.publish("identity", guarded.log)
        guarded.envoy.wait_healthy("identity", 1, 30)
    return guarded


async def _empty(url: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("TRUNCATE audit.entries, audit.heads, audit.checkpoints")
    finally:
        await connection.close()


def test_a_call_that_is_let_in_or_fails_otherwise_tells_nothing(edge: Edge) -> None:
    before = edge.envoy.stat(WRITTEN)
    good = edge.bearer()
    assert [edge.by_grpc(authorization=good) for _ in range(20)] == [grpc.StatusCode.OK] * 20
    assert [edge.by_rest(authorization=good) for _ in range(20)] == [200] * 20
    # A service's own refusals leave their entries there.
    assert edge.by_grpc(authorization=good, fail="7") is grpc.StatusCode.PERMISSION_DENIED
    assert edge.by_rest(f"{DESCRIBE_REST}/%2f", authorization=good) == 400
    # Counted when they have arrived: what is sent later has not overtaken them.
    assert edge.by_grpc("/malha.testing.v1.EchoService/Echo") is grpc.StatusCode.UNAUTHENTICATED
    wait_until(lambda: edge.envoy.stat(WRITTEN) > before, 10, "something was sent")
    assert edge.envoy.stat(WRITTEN) == before + 1


def test_each_refusal_says_who_did_what_from_where_and_why(edge: Edge) -> None:
    lacking: dict[str, Any] = {"permissions": ["testing.counters.read"], "tenant": "acme"}
    forged = f"Bearer {Issuer(edge.issuer.name).token('users/eve', 'free', tenant='victim')}"
    assert edge.by_grpc(x_request_id="no-token") is grpc.StatusCode.UNAUTHENTICATED
    assert edge.by_rest(f"{DESCRIBE_REST}?q=s3cret", x_request_id="forged", authorization=forged) == 401
    assert (
        edge.by_grpc(x_request_id="lacking", authorization=edge.bearer(**lacking)) is grpc.StatusCode.PERMISSION_DENIED
    )
    assert edge.by_rest(authorization=edge.bearer("serviceAccounts/ci", **lacking)) == 403
    assert edge.by_grpc("/no.Such/Method") is grpc.StatusCode.UNIMPLEMENTED
    assert edge.by_rest("/wp-admin/s3cret") == 404
    with edge.limit("free"):
        assert edge.by_rest(authorization=edge.bearer("users/busy", tier="free", tenant="acme")) == 429
    with edge.envoy.inner(STRANGER) as channel:
        assert _code(channel, DESCRIBE, {"x_request_id": "inside"}) is grpc.StatusCode.PERMISSION_DENIED

    told = edge.wait_for(request_id="no-token")
    assert (told["tenant"], told["kind"], told["subject"]) == (audit.PLATFORM, "anonymous", "")
    assert (told["reason"], told["method"], told["action"]) == ("TOKEN_REQUIRED", DESCRIBE, "testing.echo.call")
    assert (told["caller"], told["network"], told["decision"]) == ("edge", "127.0.0.0/24", "REFUSED")
    # What a token says that nobody of ours has signed, nobody believes.
    told = edge.wait_for(request_id="forged")
    assert (told["tenant"], told["subject"], told["reason"]) == (audit.PLATFORM, "", "TOKEN_INVALID")
    assert told["method"] == DESCRIBE
    told = edge.wait_for(request_id="lacking")
    assert (told["tenant"], told["kind"], told["subject"]) == ("acme", "user", "users/ana")
    assert (told["reason"], told["client"]) == ("PERMISSION_MISSING", "test")
    assert edge.wait_for(subject="serviceAccounts/ci")["kind"] == "service_account"
    assert edge.wait_for(reason="METHOD_NOT_FOUND")["method"] == ""
    told = edge.wait_for(reason="RATE_LIMITED")
    assert (told["tenant"], told["subject"], told["method"]) == ("acme", "users/busy", DESCRIBE)
    assert told["details"] == {"by": "envoy", "limit": "free"}
    told = edge.wait_for(request_id="inside")
    assert (told["subject"], told["kind"], told["reason"]) == (STRANGER, "workload", "CALLER_NOT_ALLOWED")
    edge.stop_log()
    everything = edge.entries()
    assert {entry["tenant"] for entry in everything} == {audit.PLATFORM, "acme"}
    assert "s3cret" not in str(everything)
    assert Counter(entry["reason"] for entry in everything)["METHOD_NOT_FOUND"] == 2
    assert all(entry["request_id"] for entry in everything)


def test_ten_thousand_refusals_are_a_handful_of_entries_with_the_right_sum(edge: Edge) -> None:
    request = f"GET {DESCRIBE_REST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x.y.z\r\n\r\n".encode()
    before = edge.envoy.stat(WRITTEN), edge.envoy.stat(DROPPED)
    edge.send(request, times=10_000)
    wait_until(lambda: edge.envoy.stat(WRITTEN) - before[0] == 10_000, 20, "everything was sent")
    edge.stop_log()
    entries = edge.entries()
    assert edge.envoy.stat(DROPPED) == before[1]
    assert len(entries) <= 6
    assert sum(int(entry["details"].get("count", "1")) for entry in entries) == 10_000
    assert {(entry["reason"], entry["method"]) for entry in entries} == {("TOKEN_INVALID", DESCRIBE)}


def test_what_a_caller_writes_breaks_neither_the_log_nor_its_neighbours(edge: Edge) -> None:
    ids = [b'","decision":"ALLOWED', b"=1+1", b"x\xff\xfe\x80", b"\xed\xa0\x80", b"a" * 3000, b"{{7*7}}%00"]
    for written in ids:
        edge.send(b"GET /v1/\xff%s HTTP/1.1\r\nhost: x\r\nx-request-id: %s\r\n\r\n" % (written, written))
        edge.send(b"GET %s HTTP/1.1\r\nhost: x\r\nx-request-id: %s\r\n\r\n" % (DESCRIBE_REST.encode(), written))
    assert edge.by_grpc(x_request_id="after") is grpc.StatusCode.UNAUTHENTICATED
    told = edge.wait_for(reason="TOKEN_REQUIRED")
    assert (told["request_id"], told["method"]) == ("", DESCRIBE)
    edge.stop_log()
    counts = Counter[str]()
    for entry in edge.entries():
        counts[entry["reason"]] += int(entry["details"].get("count", "1"))
        assert entry["request_id"] in ("", "after")
    assert counts["TOKEN_REQUIRED"] == len(ids) + 1
    key = bytes.fromhex((edge.envoy.root / "secrets" / "audit-key").read_text())
    assert asyncio.run(_broken(edge.database, audit.PLATFORM, key)) == []


def test_nobody_but_envoy_itself_tells_of_refusals(edge: Edge, tmp_path: Path) -> None:
    assert edge.by_grpc(EXPORT, authorization=edge.bearer()) is grpc.StatusCode.UNIMPLEMENTED
    with edge.envoy.inner(STRANGER) as channel:
        assert _code(channel, EXPORT, {}) is grpc.StatusCode.PERMISSION_DENIED
    assert edge.log is not None
    address = f"{edge.log.endpoint.host}:{edge.log.endpoint.port}"
    options = [("grpc.ssl_target_name_override", "identity.malha.local")]
    codes = {}
    for workload in ("echo", "limits", STRANGER, "envoy"):
        with grpc.secure_channel(address, mesh_credentials(edge.envoy.root, workload), options) as channel:
            codes[workload] = _code(channel, EXPORT, {})
            if workload == "envoy":
                passed_on = _code(channel, EXPORT, {"x_malha_caller": "spiffe://malha.local/edge"})
    assert codes.pop("envoy") is grpc.StatusCode.OK
    assert {*codes.values(), passed_on} == {grpc.StatusCode.PERMISSION_DENIED}


def test_envoy_goes_on_without_its_log_and_counts_what_it_drops(edge: Edge) -> None:
    assert edge.log is not None
    edge.log.freeze()
    dropped, good = edge.envoy.stat(DROPPED), edge.bearer()
    for _ in range(50):
        assert edge.by_rest() == 401
        assert edge.by_rest(authorization=good) == 200
    wait_until(lambda: edge.envoy.stat(DROPPED) > dropped, 15, "Envoy gives up")
    edge.log.kill()
    assert (edge.by_rest(), edge.by_rest(authorization=good)) == (401, 200)
