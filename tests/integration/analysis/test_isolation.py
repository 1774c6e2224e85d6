"""Every rpc that takes the name of a report, from the contract: another tenant's looks as though it were not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.analysis.v1.analysis_service_pb2_grpc import AnalysisServiceStub, add_AnalysisServiceServicer_to_server

from services.analysis.adapters.postgres import migrate
from services.analysis.adapters.postgres.sharing import PostgresReportSharing
from services.analysis.adapters.postgres.store import PostgresReportStore
from services.analysis.adapters.postgres.tables import requests
from services.analysis.domain.access import SEES_ALL
from services.analysis.errors import error_map
from services.analysis.rpc.servicer import AnalysisServicer
from services.analysis.usecases.analyze_project import AnalyzeProject
from services.analysis.usecases.analyze_source import AnalyzeSource
from services.analysis.usecases.batch_analyze_sources import BatchAnalyzeSources
from services.analysis.usecases.get_report import GetReport
from services.analysis.usecases.get_rule import GetRule
from services.analysis.usecases.list_reports import ListReports
from services.analysis.usecases.list_rules import ListRules
from services.analysis.usecases.share_report import ShareReport
from services.runtime.auth.principal import ANONYMOUS, Principal, PrincipalKind, workload
from services.runtime.clock import SystemClock
from services.runtime.db import UnitOfWork, make_engine
from services.runtime.idempotency import Ledger
from services.runtime.server import ServerBuilder
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry import start_telemetry
from tests.support.programs import Database
from tests.support.somebody import Somebody
from tests.unit.analysis.fakes import FakeAnalyser

ANA = Principal(kind=PrincipalKind.USER, subject="users/ana", tenant="acme")
RUI = Principal(kind=PrincipalKind.USER, subject="users/rui", tenant="acme")
# The same subject, with everything that one may do, in another tenant.
STRANGER = Principal(kind=PrincipalKind.USER, subject="users/ana", tenant="umbra", permissions=frozenset({SEES_ALL}))
METHODS = pb.DESCRIPTOR.services_by_name["AnalysisService"].methods
NAMING = [method for method in METHODS if "name" in method.input_type.fields_by_name]
# What everybody may know.
PUBLIC = {"GetRule"}
# What a request needs beside the name.
FURTHER: dict[str, dict[str, str]] = {
    "ShareReport": {"subject": "users/eve"},
    "UnshareReport": {"subject": "users/eve"},
}


class World:
    """A server on a real PostgreSQL, and one report of ana's."""

    def __init__(self, stub: Any, somebody: Somebody) -> None:
        self.stub = stub
        self.somebody = somebody
        self.report = ""

    async def call(self, method: str, name: str, who: Principal) -> status_pb2.Status | None:
        """What `who` hears; None when the call succeeds."""
        descriptor = METHODS_BY_NAME[method]
        fields = {"name": name, **FURTHER.get(method, {})}
        if "request_id" in descriptor.input_type.fields_by_name:
            fields["request_id"] = str(uuid4())
        self.somebody.who = who
        try:
            await getattr(self.stub, method)(getattr(pb, descriptor.input_type.name)(**fields))
        except grpc.aio.AioRpcError as error:
            details = dict(error.trailing_metadata() or ())["grpc-status-details-bin"]
            return status_pb2.Status.FromString(details)
        return None

    async def listed(self, who: Principal, **request: Any) -> list[str]:
        self.somebody.who = who
        answer = await self.stub.ListReports(pb.ListReportsRequest(**request))
        return [report.name for report in answer.reports]


METHODS_BY_NAME = {method.name: method for method in METHODS}


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    await asyncio.to_thread(migrate, RuntimeSettings(database_url_file=database.owner_file))
    async with AsyncExitStack() as stack:
        settings = RuntimeSettings(database_url_file=database.service_file, drain_seconds=0.05, grace_seconds=2.0)
        engine, clock, analyser = make_engine(settings), SystemClock(), FakeAnalyser()
        stack.push_async_callback(engine.dispose)
        store, somebody = PostgresReportStore(engine), Somebody(ANA)
        servicer = AnalysisServicer(
            analyze_source=AnalyzeSource(analyser, store, clock),
            batch_analyze_sources=BatchAnalyzeSources(analyser, store, clock),
            analyze_project=AnalyzeProject(analyser, store, clock, "fake 1", 2),
            get_report=GetReport(store),
            list_reports=ListReports(store),
            share_report=ShareReport(clock),
            ledger=Ledger(engine, requests),
            open_work=partial(UnitOfWork, engine),
            sharing=PostgresReportSharing,
            get_rule=GetRule({}),
            list_rules=ListRules(()),
            errors=error_map(),
        )
        telemetry = start_telemetry(settings)
        builder = ServerBuilder(settings, telemetry=telemetry, errors=error_map(), extra_stages=[somebody])
        builder.add(add_AnalysisServiceServicer_to_server, servicer)
        server = builder.build()
        await server.start()
        stack.push_async_callback(server.stop, 0)
        channel = grpc.aio.insecure_channel(server.address)
        stack.push_async_callback(channel.close)
        world = World(AnalysisServiceStub(channel), somebody)
        # An empty source: the fake's body is the source, and has to be readable as a report.
        request = pb.AnalyzeSourceRequest(request_id=str(uuid4()))
        request.source.path, request.source.text = "a.py", ""
        world.report = (await world.stub.AnalyzeSource(request)).report.name
        yield world


@pytest.mark.parametrize("method", [method.name for method in NAMING if method.name not in PUBLIC])
async def test_another_tenants_report_looks_like_none(world: World, method: str) -> None:
    for who in (STRANGER, RUI):
        absent = f"reports/{uuid4()}"
        there, nowhere = await world.call(method, world.report, who), await world.call(method, absent, who)
        assert there is not None
        assert nowhere is not None
        assert _facts(there, world.report) == _facts(nowhere, absent)
        assert _reason(there) == "REPORT_NOT_FOUND"
    assert await world.call(method, world.report, ANA) is None


@pytest.mark.parametrize("method", [method.name for method in NAMING if method.name not in PUBLIC])
@pytest.mark.parametrize("who", [workload("healing"), ANONYMOUS])
async def test_who_belongs_to_no_tenant_gets_nothing(world: World, method: str, who: Principal) -> None:
    status = await world.call(method, world.report, who)
    assert status is not None
    assert _reason(status) == "TOKEN_REQUIRED"


async def test_lists_and_their_page_tokens_stay_within_the_tenant(world: World) -> None:
    named = f'name = "{world.report}"'
    assert await world.listed(ANA, filter=named) == [world.report]
    for who in (STRANGER, RUI):
        assert await world.listed(who, filter=named) == []
        assert world.report not in await world.listed(who, page_size=1000)


async def test_a_request_id_of_another_tenant_finds_nothing_of_it(world: World) -> None:
    request = pb.AnalyzeSourceRequest(request_id=str(uuid4()))
    request.source.path, request.source.text = "a.py", ""
    names = set()
    for who in (ANA, RUI, STRANGER, ANA):
        world.somebody.who = who
        names.add((await world.stub.AnalyzeSource(request)).report.name)
    assert len(names) == 3


def _facts(status: status_pb2.Status, name: str) -> str:
    """Everything a caller hears, without the name it asked with and the request's own id."""
    info = _info(status)
    return str(status).replace(name, "NAME").replace(info.metadata["request_id"], "ID")


def _info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo:
    info = error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(info) for detail in status.details)
    return info


def _reason(status: status_pb2.Status) -> str:
    return _info(status).reason
