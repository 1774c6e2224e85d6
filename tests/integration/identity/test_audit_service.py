"""Reading the audit log, over gRPC on a real PostgreSQL."""

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from malha.identity.v1 import audit_service_pb2 as pb
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceStub
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.audit.wiring import AuditLog
from services.runtime import audit
from services.runtime.audit.recording import write
from services.runtime.auth.principal import OPEN, Principal, PrincipalKind
from services.runtime.db import UnitOfWork, make_engine
from services.runtime.lifespan import Lifespan
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from tests.support.programs import Database, own_database
from tests.support.somebody import Somebody

ANA = Principal(kind=PrincipalKind.USER, subject="users/ana", tenant="acme")
STRANGER = replace(ANA, tenant="umbra")


class World:
    """A server that reads the log, and a way to write it."""

    def __init__(self, engine: AsyncEngine, stub: Any, somebody: Somebody) -> None:
        self.engine = engine
        self.stub = stub
        self.somebody = somebody

    async def fill(self, tenant: str, *entries: dict[str, Any]) -> None:
        async with UnitOfWork(self.engine, tenant) as work:
            await write(work, [audit.Entry(tenant=tenant, **{"action": "a.b.c", **entry}) for entry in entries])
            await work.commit()

    async def listed(self, **request: Any) -> list[pb.AuditEntry]:
        answer = await self.stub.ListEntries(pb.ListEntriesRequest(**request))
        return list(answer.entries)


@pytest.fixture
async def world(database: Database, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(own_database(database, tmp_path))
        await asyncio.to_thread(audit.migrate, own.owner)
        settings = RuntimeSettings(database_url_file=own.service_file, drain_seconds=0.05, grace_seconds=2.0)
        engine = make_engine(settings)
        stack.push_async_callback(engine.dispose)
        telemetry, somebody = start_telemetry(settings), Somebody(ANA)
        lifespan = await stack.enter_async_context(Lifespan(stop_seconds=2))
        log = AuditLog(engine, telemetry.registry, tmp_path)
        await log.run(lifespan)
        builder = ServerBuilder(settings, telemetry=telemetry, extra_stages=[somebody, log.stage])
        log.serve(builder)
        server = builder.build()
        await server.start()
        stack.push_async_callback(server.stop, 0)
        channel = grpc.aio.insecure_channel(server.address)
        stack.push_async_callback(channel.close)
        yield World(engine, AuditServiceStub(channel), somebody)


async def test_entries_are_listed_page_by_page_newest_first(world: World) -> None:
    await world.fill("acme", *({"resource": f"things/{number}"} for number in range(7)))
    seen: list[str] = []
    token = ""
    while True:
        request = pb.ListEntriesRequest(page_size=3, page_token=token, filter='action = "a.b.c"')
        answer = await world.stub.ListEntries(request)
        seen += [entry.resource for entry in answer.entries]
        token = answer.next_page_token
        if not token:
            break
    assert seen == [f"things/{number}" for number in reversed(range(7))]


async def test_filters_select(world: World) -> None:
    refused = {"decision": audit.Decision.REFUSED, "reason": "PERMISSION_MISSING", "subject": "users/eve"}
    await world.fill("acme", {"subject": "users/ana", "resource": "reports/1"}, refused)
    for text, subjects in (
        ("decision = REFUSED", ["users/eve"]),
        ("decision = DECISION_ALLOWED AND action = a.b.c", ["users/ana"]),
        ('resource = "reports/*"', ["users/ana"]),
        ('time > "2020-01-01T00:00:00Z" AND reason = PERMISSION_MISSING', ["users/eve"]),
        ('time < "2020-01-01T00:00:00Z"', []),
    ):
        assert [entry.subject for entry in await world.listed(filter=text)] == subjects


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"filter": "details = x"}, "FILTER_INVALID"), ({"filter": "tenant = acme"}, "FILTER_INVALID"),
        ({"order_by": "subject"}, "ORDER_BY_INVALID"), ({"page_token": "nonsense"}, "PAGE_TOKEN_INVALID"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused(world: World, request_: dict[str, str], reason: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await world.listed(**request_)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason.encode() in dict(caught.value.trailing_metadata() or ())["grpc-status-details-bin"]


async def test_nobody_reads_the_log_of_another_tenant(world: World) -> None:
    await world.fill("acme", {"resource": "things/secret"})
    token = (await world.stub.ListEntries(pb.ListEntriesRequest(page_size=1))).next_page_token
    world.somebody.who = STRANGER
    assert [e.resource for e in await world.listed(filter='resource = "things/*"')] == []
    export = [part.content async for part in world.stub.ExportEntries(pb.ExportEntriesRequest())]
    assert b"secret" not in b"".join(export)
    assert token == ""


async def test_the_platforms_log_needs_a_permission_of_its_own(world: World) -> None:
    await world.fill(audit.PLATFORM, {"resource": "things/1"})
    for call in (
        world.stub.ListEntries(pb.ListEntriesRequest(platform=True)),
        world.stub.VerifyChain(pb.VerifyChainRequest(platform=True)).read(),
        world.stub.ExportEntries(pb.ExportEntriesRequest(platform=True)).read(),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED
    world.somebody.who = OPEN
    assert "things/1" in {entry.resource for entry in await world.listed(platform=True)}


async def test_a_look_at_the_log_and_a_refusal_leave_entries_themselves(world: World) -> None:
    await world.listed()
    with pytest.raises(grpc.aio.AioRpcError):
        await world.listed(platform=True)
    found: list[pb.AuditEntry] = []

    async def look() -> bool:
        found[:] = await world.listed(filter='method:"ListEntries"')
        return {entry.decision for entry in found} >= {pb.DECISION_ALLOWED, pb.DECISION_REFUSED}

    deadline = asyncio.get_running_loop().time() + 10
    while not await look():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.05)
    refused = next(entry for entry in found if entry.decision == pb.DECISION_REFUSED)
    assert (refused.reason, refused.subject, refused.kind) == ("PERMISSION_MISSING", "users/ana", "user")
    assert refused.request_id


async def test_a_whole_log_is_told_to_be_whole(world: World) -> None:
    await world.fill("acme", *({} for _ in range(1_200)))
    answers = [answer async for answer in world.stub.VerifyChain(pb.VerifyChainRequest())]
    assert answers[-1].done
    assert answers[-1].verified >= 1_200
    assert not any(answer.breaks for answer in answers)
    assert len(answers) >= 3


async def test_an_export_holds_everything_and_runs_nothing(world: World) -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", 'quoted "and", split\nover lines']
    await world.fill("acme", *({"resource": text} for text in evil), *({} for _ in range(1_100)))
    lines = b"".join([p.content async for p in world.stub.ExportEntries(pb.ExportEntriesRequest())]).splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["resource"] for entry in entries[: len(evil)]] == evil
    assert len(entries) >= 1_107
    request = pb.ExportEntriesRequest(format=pb.EXPORT_FORMAT_CSV, filter='action = "a.b.c"')
    content = b"".join([part.content async for part in world.stub.ExportEntries(request)]).decode()
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    assert len(rows) == 1_107
    assert [row["resource"] for row in rows[: len(evil)]] == [*(f"'{text}" for text in evil[:-1]), evil[-1]]
