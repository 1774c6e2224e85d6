"""A server that asks for tokens: whom it lets in, on whose behalf, and with which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from malha.testing.v1 import echo_service_pb2 as pb
from malha.testing.v1.echo_service_pb2_grpc import EchoServiceStub

from services.runtime.auth import principal
from services.testing.echo import EchoServicer
from tests.integration.runtime.calls import call, request_of
from tests.support.identity import make_identities, mesh_credentials, open_channel
from tests.support.token_corpus import CASES
from tests.support.tokens import ISSUER, FixedAuthority, Issuer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.runtime.auth import Principal
    from tests.integration.runtime.calls import Outcome
    from tests.integration.runtime.conftest import Running, Start


class Witness(EchoServicer):
    """Remembers on whose behalf it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Principal] = []

    async def Echo(self, request: pb.EchoRequest, context: Any) -> pb.EchoResponse:
        self.seen.append(principal())
        return await super().Echo(request, context)


class Guarded:
    """A server that trusts `issuer`, and a connection to it as Envoy has one."""

    def __init__(self, running: Running, witness: Witness, authority: FixedAuthority, issuer: Issuer) -> None:
        self.running = running
        self.witness = witness
        self.authority = authority
        self.issuer = issuer
        self.channel: grpc.aio.Channel

    async def ask(self, *values: str, caller: str = "edge", shape: str = "Echo") -> Outcome:
        """Call with these values of the header."""
        metadata = (("x-malha-caller", f"spiffe://malha.local/{caller}"), *(("authorization", v) for v in values))
        return await call(EchoServiceStub(self.channel), shape, request_of(shape), metadata=metadata)

    async def reason(self, *values: str, **options: Any) -> str:
        """Why such a call is refused; empty when it is not."""
        outcome = await self.ask(*values, **options)
        return "" if outcome.code is grpc.StatusCode.OK else outcome.info.reason

    async def refresh(self) -> None:
        """Let the server ask its authority now."""
        (job,) = [job for job in self.running.server._jobs if getattr(job, "__name__", "") == "keep_current"]
        await job.__self__.refresh()  # type: ignore[attr-defined]


@pytest.fixture
async def guarded(start: Start, tmp_path: Path) -> AsyncIterator[Guarded]:
    """A server whose authority knows one issuer."""
    make_identities(tmp_path)
    issuer, witness = Issuer(), Witness()
    authority = FixedAuthority(issuer)
    running = await start(witness, authority=authority, identity_dir=tmp_path / "identity" / "echo", issuer=ISSUER)
    server = Guarded(running, witness, authority, issuer)
    async with open_channel(running.server.address, mesh_credentials(tmp_path, "envoy")) as server.channel:
        await server.refresh()
        yield server


async def test_every_case_of_the_corpus_has_its_verdict(guarded: Guarded) -> None:
    assert len(CASES) == len({case.name for case in CASES}) >= 40
    brought = {case.name: case.values(guarded.issuer) for case in CASES}
    for _ in range(2):  # the second time, what is good is known already
        found = {name: await guarded.reason(*values) for name, values in brought.items()}
        assert found == {case.name: case.server for case in CASES}
