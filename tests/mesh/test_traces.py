"""One trace from the edge to the database, through every hop; of calls that fail and of streams, too."""

from __future__ import annotations

import json
import secrets
import ssl
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from malha.testing.v1 import counter_service_pb2 as counter_pb
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.counter_service_pb2_grpc import CounterServiceStub
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from tests.support.mesh_process import Mesh, mesh, wait_until

pytestmark = pytest.mark.e2e

SECRET = "swordfish"
ECHO = "malha.testing.v1.EchoService"


@dataclass(frozen=True)
class Trace:
    """A trace that a caller begins and wants kept."""

    mesh: Mesh
    id: str
    flags: str = "01"

    @property
    def header(self) -> tuple[str, str]:
        return ("traceparent", f"00-{self.id}-{'c' * 16}-{self.flags}")

    def spans(self, count: int) -> list[dict[str, Any]]:
        """Its spans, when there are that many."""
        found: list[dict[str, Any]] = []

        def complete() -> bool:
            done = self.mesh.run("trace", self.id, "--json")
            found[:] = json.loads(done.stdout)["spans"] if done.returncode == 0 else []
            return len(found) >= count

        wait_until(complete, 20, f"{count} spans of the trace are there")
        assert SECRET not in json.dumps(found)
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh that traces nothing by itself."""
    with mesh(tmp_path_factory.mktemp("mesh") / "state", "--profile", "echo", MALHA_TRACE_RATIO="0") as running:
        yield running


@pytest.fixture
def trace(running: Mesh) -> Trace:
    return Trace(running, secrets.token_hex(16))


@pytest.fixture
def channel(running: Mesh) -> Iterator[grpc.Channel]:
    credentials = grpc.ssl_channel_credentials(running.ca.read_bytes())
    with grpc.secure_channel(running.edge, credentials) as channel:
        yield channel


def test_a_chain_of_calls_is_one_trace_with_each_hop(channel: grpc.Channel, trace: Trace) -> None:
    answer = EchoServiceStub(channel).Relay(pb.RelayRequest(hops=2), metadata=[trace.header], timeout=5)
    assert {hop.trace_id for hop in answer.hops} == {trace.id}
    assert _chain(trace.spans(8)) == [
        ("edge", "SERVER", f"{ECHO}/Relay"),
        ("echo", "SERVER", f"{ECHO}/Relay"),
        ("echo", "CLIENT", f"{ECHO}/Relay"),
        ("inner", "SERVER", f"{ECHO}/Relay"),
        ("echo", "SERVER", f"{ECHO}/Relay"),
        ("echo", "CLIENT", f"{ECHO}/DescribeCall"),
        ("inner", "SERVER", f"{ECHO}/DescribeCall"),
        ("echo", "SERVER", f"{ECHO}/DescribeCall"),
    ]


def test_a_rest_call_is_traced_through_the_transcoder_to_the_database(running: Mesh, trace: Trace) -> None:
    body = {"amount": 1, "requestId": str(uuid.uuid4())}
    _post(running, "/v1/counters/traced:increment", body, trace)
    # Edge and service; the tenant, look, change, note and commit.
    spans = trace.spans(7)
    edge, service, *below = _ordered(spans)
    assert (edge["service"], edge["name"]) == ("edge", "malha.testing.v1.CounterService/IncrementCounter")
    assert (service["service"], service["replica"]) == ("echo", "echo-0")
    assert service["parent_span_id"] == edge["span_id"]
    assert {span["parent_span_id"] for span in below} == {service["span_id"]}
    assert {span["attributes"]["db.system.name"] for span in below} == {"postgresql"}
    assert "COMMIT" in {span["name"] for span in below}
    assert any(span["name"].startswith("INSERT ") for span in below)


def test_an_answer_from_the_cache_shows_redis_and_nothing_that_was_sent(running: Mesh, trace: Trace) -> None:
    url = f"https://{running.edge}/v1/echo:cached?message={SECRET}"
    request = urllib.request.Request(url, headers=dict([trace.header]))
    with urllib.request.urlopen(request, timeout=10, context=_tls(running)) as answer:
        assert json.load(answer)["message"] == SECRET
    names = {span["name"]: span for span in trace.spans(5)}
    assert names["MGET"]["attributes"]["db.system.name"] == "redis"
    assert names["MGET"]["kind"] == "CLIENT"
    assert "SELECT" in names


@pytest.mark.parametrize("shape", ["Echo", "Repeat"])
def test_a_call_that_fails_is_failed_at_each_hop(channel: grpc.Channel, trace: Trace, shape: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        if shape == "Echo":
            behaviour = pb.Behaviour(crash=True)
            request = pb.EchoRequest(message=SECRET, behaviour=behaviour)
            EchoServiceStub(channel).Echo(request, metadata=[trace.header], timeout=5)
        else:
            behaviour = pb.Behaviour(crash=True, after=2)
            repeat = pb.RepeatRequest(message=SECRET, count=5, behaviour=behaviour)
            for _ in EchoServiceStub(channel).Repeat(repeat, metadata=[trace.header], timeout=5):
                pass
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    edge, service = _ordered(trace.spans(2))
    assert (edge["failed"], service["failed"]) == (True, True)
    assert service["attributes"]["error.type"] == "INTERNAL"
    assert edge["attributes"]["grpc.status_code"] == "13"


def test_a_refusal_that_blames_the_caller_is_no_failure_of_the_service(channel: grpc.Channel, trace: Trace) -> None:
    with pytest.raises(grpc.RpcError):
        counter = counter_pb.GetCounterRequest(name="nothing/like-it")
        CounterServiceStub(channel).GetCounter(counter, metadata=[trace.header], timeout=5)
    _, service = _ordered(trace.spans(2))
    assert service["failed"] is False
    assert service["attributes"]["error.type"] == "VALIDATION_FAILED"


@pytest.mark.parametrize("shape", ["Repeat", "Collect", "Chat"])
def test_a_stream_is_one_span_at_each_hop_as_long_as_it_ran(channel: grpc.Channel, trace: Trace, shape: str) -> None:
    stub, wait = EchoServiceStub(channel), pb.Behaviour()
    wait.delay.FromMilliseconds(100)
    metadata = [trace.header]
    if shape == "Repeat":
        assert len(list(stub.Repeat(pb.RepeatRequest(message="x", count=3, behaviour=wait), metadata=metadata))) == 3
    elif shape == "Collect":
        parts = [pb.CollectRequest(message="a", behaviour=wait), pb.CollectRequest(message="b")]
        assert stub.Collect(iter(parts), metadata=metadata).message == "ab"
    else:
        said = [pb.ChatRequest(message="a", behaviour=wait), pb.ChatRequest(message="b")]
        assert [answer.message for answer in stub.Chat(iter(said), metadata=metadata)] == ["a", "b"]
    edge, service = _ordered(trace.spans(2))
    assert (edge["name"], service["name"]) == (f"{ECHO}/{shape}", f"{ECHO}/{shape}")
    for span in (edge, service):
        assert float(span["duration"].removesuffix("s")) >= 0.1
        assert span["failed"] is False


def test_only_what_its_caller_wants_kept_is_kept(running: Mesh, channel: grpc.Channel, trace: Trace) -> None:
    unwanted = Trace(running, secrets.token_hex(16), flags="00")
    stub = EchoServiceStub(channel)
    stub.Echo(pb.EchoRequest(message="x"), timeout=5)
    stub.Echo(pb.EchoRequest(message="x"), metadata=[unwanted.header], timeout=5)
    stub.Echo(pb.EchoRequest(message="x"), metadata=[trace.header], timeout=5)
    trace.spans(2)  # the others would have come before these
    kept = {one["trace_id"] for one in json.loads(running.run("trace", "--json", "-n", "1000").stdout)["traces"]}
    assert trace.id in kept
    assert unwanted.id not in kept
    assert all(len(trace_id) == 32 for trace_id in kept)


def test_the_access_log_names_the_trace(running: Mesh, channel: grpc.Channel, trace: Trace) -> None:
    EchoServiceStub(channel).Echo(pb.EchoRequest(message="x"), metadata=[trace.header], timeout=5)
    log = running.state / "logs" / "edge-access.log"
    wait_until(lambda: trace.id in log.read_text(), 15, "the line is written")
    line = next(line for line in log.read_text().splitlines() if trace.id in line)
    assert json.loads(line)["trace_id"] == trace.id


def test_malha_trace_draws_the_tree(running: Mesh, channel: grpc.Channel, trace: Trace) -> None:
    EchoServiceStub(channel).Relay(pb.RelayRequest(hops=1), metadata=[trace.header], timeout=5)
    trace.spans(5)
    done = running.run("trace", trace.id[:12])
    head, columns, *rows = done.stdout.splitlines()
    assert head.startswith(f"trace {trace.id}, began ")
    assert columns.split() == ["SPAN", "TIME"]
    assert [row.split(" ms")[0].rsplit(maxsplit=1)[0].rstrip() for row in rows] == [
        "edge  EchoService/Relay",
        "└ echo-0  EchoService/Relay",
        "  └ → EchoService/DescribeCall",
        "    └ inner  EchoService/DescribeCall",
        "      └ echo-0  EchoService/DescribeCall",
    ]
    assert all("█" in row for row in rows)


def test_malha_top_tells_calls_by_caller_and_what_processes_use(running: Mesh, channel: grpc.Channel) -> None:
    EchoServiceStub(channel).Relay(pb.RelayRequest(hops=1), timeout=5)
    done = running.run("top", "--once", "--json", "--period", "0.25")
    figures = json.loads(done.stdout)
    known = {(one["service"], one["method"], one["caller"]): one["total"] for one in figures["methods"]}
    assert known["echo", f"{ECHO}/Relay", "edge"] >= 1
    assert known["echo", f"{ECHO}/DescribeCall", "echo"] >= 1
    memory = {one["replica"]: one["memory_bytes"] for one in figures["processes"]}
    assert set(memory) == {"postgres", "redis", "echo-0", "envoy", "mesh"}
    assert min(memory.values()) > 1_000_000
    assert "EchoService/Relay" in running.run("top", "--once").stdout


def _post(running: Mesh, path: str, body: object, trace: Trace) -> Any:
    headers = {"content-type": "application/json", **dict([trace.header])}
    request = urllib.request.Request(f"https://{running.edge}{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=10, context=_tls(running)) as answer:
        return json.load(answer)


def _tls(running: Mesh) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(running.ca))


def _ordered(spans: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each span after its parent, siblings by their start."""
    known = {span["span_id"] for span in spans}
    ordered = [span for span in spans if span["parent_span_id"] not in known]
    for span in ordered:  # grows while it is walked
        ordered += [one for one in spans if one["parent_span_id"] == span["span_id"]]
    return ordered


def _chain(spans: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Spans that are each the only child of the one before; fails for any other tree."""
    ordered = _ordered(spans)
    assert [span["parent_span_id"] for span in ordered[1:]] == [span["span_id"] for span in ordered[:-1]]
    return [(span["service"], span["kind"], span["name"]) for span in ordered]
