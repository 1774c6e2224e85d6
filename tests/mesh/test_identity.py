"""Identities in a whole mesh whose certificates live for seconds: everything rotates, and no call notices."""

from __future__ import annotations

import asyncio
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.identity.files import IdentityFolder
from tests.support import mesh_process
from tests.support.identity import authority_of, forge, forged_credentials, mesh_credentials, open_channel
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.support.mesh_process import Mesh

pytestmark = pytest.mark.e2e

WORKLOADS = ("echo", "envoy", "mesh", "operator")
EDGE = (("x-malha-caller", "spiffe://malha.local/edge"),)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    state = tmp_path_factory.mktemp("identity") / "state"
    arguments = ("--profile", "echo", "--replicas", "echo=2")
    with mesh_process.mesh(state, *arguments, MALHA_CERTIFICATE_SECONDS="6") as running:
        yield running


class Load:
    """Calls of several kinds, one after another in several tasks, through the edge and through the inner mesh."""

    def __init__(self, stub: Any) -> None:
        self._stub = stub
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.stopped = asyncio.Event()

    async def run(self) -> None:
        """Goes on until stopped."""
        kinds: dict[str, Callable[[], Awaitable[object]]] = {
            "echo": lambda: self._stub.Echo(pb.EchoRequest(message="x"), timeout=5),
            "relay": lambda: self._stub.Relay(pb.RelayRequest(hops=2), timeout=5),
            "repeat": self._repeat,
        }
        await asyncio.gather(*(self._repeatedly(kind, begin) for kind, begin in kinds.items() for _ in range(2)))

    async def _repeat(self) -> None:
        async for _ in self._stub.Repeat(pb.RepeatRequest(message="x", count=3), timeout=5):
            pass

    async def _repeatedly(self, kind: str, begin: Callable[[], Awaitable[object]]) -> None:
        while not self.stopped.is_set():
            try:
                await begin()
                self.outcomes[kind, "OK"] += 1
            except grpc.aio.AioRpcError as error:
                self.outcomes[kind, f"{error.code().name}: {error.details()}"] += 1


def _generations(mesh: Mesh) -> dict[str, str]:
    return {name: IdentityFolder(mesh.state / "identity" / name).last.generation for name in WORKLOADS}


async def _under_load(mesh: Mesh, change: Callable[[], Awaitable[None]]) -> Counter[tuple[str, str]]:
    """What became of the calls that were made from before `change` until some time after it."""
    credentials = grpc.ssl_channel_credentials(mesh.ca.read_bytes())
    async with grpc.aio.secure_channel(mesh.edge, credentials) as channel:
        load = Load(EchoServiceStub(channel))
        running = asyncio.ensure_future(load.run())
        await eventually(lambda: load.outcomes.total() > 50, seconds=30)
        await change()
        before = load.outcomes.total()
        await eventually(lambda: load.outcomes.total() > before + 50, seconds=30)
        load.stopped.set()
        await running
    return load.outcomes


async def test_certificates_that_live_for_seconds_fail_no_call(mesh: Mesh) -> None:
    async def three_rotations() -> None:
        for _ in range(3):
            before = _generations(mesh)
            await eventually(lambda old=before: not old.items() & _generations(mesh).items(), seconds=30)  # type: ignore[misc]

    outcomes = await _under_load(mesh, three_rotations)
    assert {(kind, outcome) for kind, outcome in outcomes} == {("echo", "OK"), ("relay", "OK"), ("repeat", "OK")}


async def test_another_authority_fails_no_call_and_the_old_one_is_trusted_no_more(mesh: Mesh) -> None:
    old = authority_of(mesh.state)

    async def rotate() -> None:
        done = await asyncio.to_thread(mesh.run, "rotate", "--authority")
        assert done.returncode == 0, done.stdout + done.stderr

    outcomes = await _under_load(mesh, rotate)
    assert {outcome for _, outcome in outcomes} == {"OK"}
    assert authority_of(mesh.state).serial != old.serial
    forged = forge(old, ["spiffe://malha.local/echo"], ["echo.malha.local"])
    async with open_channel(mesh.inner, forged_credentials(mesh.state, forged), "envoy") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await EchoServiceStub(channel).Echo(pb.EchoRequest(message="x"), timeout=5)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_replica_answers_its_envoy_only(mesh: Mesh) -> None:
    address = mesh.component("echo")["replicas"][0]["address"]
    workloads: dict[str, Any] = {name: lambda name=name: mesh_credentials(mesh.state, name) for name in WORKLOADS}
    codes = {}
    for name, credentials in {**workloads, "nobody": lambda: forged_credentials(mesh.state, None)}.items():
        async with open_channel(address, credentials()) as channel:
            try:
                await EchoServiceStub(channel).Echo(pb.EchoRequest(message="x"), metadata=EDGE, timeout=5)
                codes[name] = grpc.StatusCode.OK
            except grpc.aio.AioRpcError as error:
                codes[name] = error.code()
    denied = grpc.StatusCode.PERMISSION_DENIED
    assert codes == {
        "envoy": grpc.StatusCode.OK, "echo": denied, "mesh": denied, "operator": denied,
        "nobody": grpc.StatusCode.UNAVAILABLE,
    }  # fmt: skip
    replica = mesh.component("echo")["replicas"][0]["name"]
    log = mesh.state / "logs" / f"{replica}.log"
    await eventually(lambda: "handshake_no_certificate" in log.read_text() and "not_through_envoy" in log.read_text())


def test_keys_are_closed_to_others_and_in_no_log(mesh: Mesh) -> None:
    identity = mesh.state / "identity"
    assert stat.S_IMODE(identity.stat().st_mode) == 0o700
    seen = [found for path in identity.rglob("key.pem") if (found := _mode_and_secret(path))]
    assert len(seen) > len(WORKLOADS)
    assert {mode for mode, _ in seen} == {0o600}
    text = "\n".join(path.read_text(errors="replace") for path in (mesh.state / "logs").iterdir())
    assert "PRIVATE KEY" not in text
    assert [secret for _, secret in seen if secret in text] == []


def _mode_and_secret(path: Path) -> tuple[int, str] | None:
    """The mode of a key's file and a line of the key that tells of nothing else; None when it was just removed."""
    try:
        return stat.S_IMODE(path.stat().st_mode), path.read_text().splitlines()[2]
    except FileNotFoundError:
        return None
