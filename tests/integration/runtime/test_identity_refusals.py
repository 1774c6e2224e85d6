"""Handshakes that gRPC refuses are logged and counted, by reason, in a process like those of a mesh."""

from __future__ import annotations

import asyncio
import os
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub
from prometheus_client import CollectorRegistry

from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.handshakes import Handshakes, reason_of
from services.runtime.identity.refusals import Refusals
from tests.integration.runtime.calls import call, request_of
from tests.support.identity import (
    authority_of,
    forge,
    forged_credentials,
    make_identities,
    mesh_credentials,
    open_channel,
    self_signed,
)
from tests.support.ports import free_port
from tests.support.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[3]
ENVOY = "spiffe://malha.local/envoy"
EDGE = (("x-malha-caller", "spiffe://malha.local/edge"),)


class Process:
    """An echo service of its own, with its figures and its log."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.address, self.metrics = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        self.log = folder / "log"

    async def figures(self) -> str:
        """The page for Prometheus."""

        def fetch() -> str:
            with urllib.request.urlopen(f"http://{self.metrics}/metrics") as response:
                return str(response.read().decode())

        return await asyncio.to_thread(fetch)


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    make_identities(tmp_path)
    echo = Process(tmp_path)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MALHA_", "GRPC_"))}
    with echo.log.open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.testing", "serve", cwd=ROOT, stdout=log, stderr=log,
            env={
                **environment,
                "MALHA_LISTEN": echo.address,
                "MALHA_METRICS_LISTEN": echo.metrics,
                "MALHA_IDENTITY_DIR": str(tmp_path / "identity" / "echo"),
                "MALHA_DRAIN_SECONDS": "0",
            },
        )  # fmt: skip
    try:
        async with open_channel(echo.address, mesh_credentials(tmp_path, "envoy")) as channel:
            await asyncio.wait_for(channel.channel_ready(), 20)
        yield echo
    finally:
        running.terminate()
        await running.wait()


async def test_each_refused_handshake_is_logged_and_counted(process: Process) -> None:
    ours = authority_of(process.root)
    strangers = {
        "handshake_no_certificate": None,
        "handshake_unknown_authority": self_signed(ENVOY),
        "handshake_expired": forge(ours, [ENVOY], begins=-120, life=60),
        "handshake_not_yet_valid": forge(ours, [ENVOY], begins=60),
    }
    for reason, stranger in strangers.items():
        async with open_channel(process.address, forged_credentials(process.root, stranger)) as channel:
            outcome = await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=EDGE, timeout=3)
        assert outcome.code is grpc.StatusCode.UNAVAILABLE, reason
    async with grpc.aio.insecure_channel(process.address) as channel:
        await call(EchoServiceStub(channel), "Echo", request_of("Echo"), metadata=EDGE, timeout=3)

    async def counted() -> bool:
        page = await process.figures()
        return all(f'malha_refused_peers_total{{reason="{reason}"}}' in page for reason in everyone)

    everyone = [*strangers, "handshake_without_tls"]
    await eventually(counted)
    log = process.log.read_text()
    assert all(f'"reason":"{reason}"' in log for reason in everyone)
    keys = [IdentityFolder(process.root / "identity" / name).last.key.decode() for name in ("echo", "envoy")]
    assert not any(line in log for key in keys for line in key.splitlines()[1:-1])


def test_a_log_is_followed_from_its_end_over_cuts_and_halves_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    line = b"I0101 x.cc:1] Handshake failed with error E: CERTIFICATE_VERIFY_FAILED: certificate has expired\n"
    path.write_bytes(line)
    handshakes = Handshakes(path, Refusals(CollectorRegistry()))
    assert handshakes.look() == []
    with closing(handshakes), path.open("ab") as log:
        log.write(b'{"event":"call"}\n' + line + line[:40])
        log.flush()
        assert handshakes.look() == ["handshake_expired"]
        log.write(line[40:])
        log.flush()
        assert handshakes.look() == ["handshake_expired"]
        os.truncate(path, 0)
        log.write(line)
        log.flush()
        assert handshakes.look() == ["handshake_expired"]
        log.write(b"x" * 3_000_000 + b"\n" + line)
        log.flush()
        assert handshakes.look() == ["handshake_expired"]


def test_a_line_of_something_else_has_no_reason_and_an_unknown_failure_has_one() -> None:
    assert reason_of(b"certificate has expired") is None
    assert reason_of(b"Handshake failed with error SSL_ERROR_SSL: something new") == "handshake_failed"
