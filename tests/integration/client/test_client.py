"""The blocking and the asyncio client against a server."""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import TYPE_CHECKING

import malha
import pytest
from malha import requests
from malha.errors import from_status

from tests.integration.client.fake_analysis import source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.client.conftest import Mesh

BAD = "x = 1\n!syntax\n"


@pytest.fixture
def client(mesh: Mesh) -> Iterator[malha.Client]:
    with malha.connect(mesh.url) as client:
        yield client


def test_a_report_comes_back_with_its_findings(mesh: Mesh, client: malha.Client) -> None:
    report = client.analysis.analyze_source(path="a.py", text="print(1)\n")
    assert [finding.rule for finding in report.findings] == ["rules/MLH999"]
    assert client.analysis.get_report(report.name).name == report.name


def test_every_call_has_a_request_id_and_the_deadline_of_its_contract(mesh: Mesh, client: malha.Client) -> None:
    client.analysis.analyze_source(path="a.py", content=b"")
    client.analysis.analyze_source(path="a.py", content=b"", timeout=3)
    client.analysis.analyze_source(path="a.py", content=b"", timeout=3000)
    ids = [uuid.UUID(request.request_id) for request in mesh.service.requests]  # type: ignore[attr-defined]
    assert len(set(ids)) == 3
    assert [round(left) for left in mesh.service.remaining] == [30, 3, 30]


def test_both_or_neither_body_is_refused_before_anything_is_sent(client: malha.Client) -> None:
    with pytest.raises(ValueError, match="either text or content"):
        client.analysis.analyze_source(path="a.py")


def test_errors_carry_what_the_server_said(client: malha.Client) -> None:
    with pytest.raises(malha.InvalidArgument) as caught:
        client.analysis.analyze_source(path="a.py", text=BAD)
    assert caught.value.reason == "SOURCE_SYNTAX_INVALID"
    assert caught.value.metadata["line"] == "2"
    assert caught.value.request_id == "req-1"
    with pytest.raises(malha.NotFound, match="RULE_NOT_FOUND"):
        client.analysis.get_rule("rules/NO1")


def test_lost_calls_are_retried_with_the_same_request_id(mesh: Mesh, client: malha.Client) -> None:
    mesh.service.failures_left = 2
    client.analysis.analyze_source(path="a.py", text="")
    assert len(mesh.service.requests) == 3
    assert len({request.request_id for request in mesh.service.requests}) == 1  # type: ignore[attr-defined]


def test_nobody_there_is_unavailable_without_a_reason() -> None:
    with malha.connect("http://127.0.0.1:1") as client, pytest.raises(malha.Unavailable) as caught:
        client.analysis.get_rule("rules/MLH999")
    assert (caught.value.reason, caught.value.request_id) == ("", "")


def test_a_batch_has_a_result_for_each_source(client: malha.Client) -> None:
    results = client.analysis.batch_analyze_sources([source("a.py", "print(1)"), source("b.py", BAD)])
    assert [result.WhichOneof("outcome") for result in results] == ["report", "error"]
    assert isinstance(from_status(results[1].error), malha.InvalidArgument)


def test_a_project_is_sent_in_full_messages(mesh: Mesh, client: malha.Client) -> None:
    large = b"#" * (3 * requests.MESSAGE_BYTES + 1)
    files = {"large.py": large, "empty.py": b"", **{f"{index}.py": b"print(1)\n" * 100 for index in range(1500)}}
    messages = list(client.analysis.analyze_project(files.items(), label="all"))
    paths = [result.path for message in messages for result in message.results]
    assert sorted(paths) == sorted(files)
    assert messages[-1].report.summary.findings == 150_000
    assert max(mesh.service.message_bytes) <= requests.MESSAGE_BYTES + 64 * 1024
    assert len(mesh.service.message_bytes) <= 10


def test_what_goes_wrong_while_files_are_read_is_raised(client: malha.Client) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "a.py", b""
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(client.analysis.analyze_project(files(), label="all"))


def test_lists_go_over_all_pages(client: malha.Client) -> None:
    names = {client.analysis.analyze_source(path="a.py", text="").name for _ in range(5)}
    assert {report.name for report in client.analysis.list_reports()} == names
    assert len(list(client.analysis.list_rules(filter='category = "PERFORMANCE"'))) == 2


async def test_the_asyncio_client_does_the_same(mesh: Mesh) -> None:
    async with malha.connect_async(mesh.url) as client:
        report = await client.analysis.analyze_source(path="a.py", text="print(1)\n")
        assert (await client.analysis.get_report(report.name)).findings == report.findings
        assert [each.name async for each in client.analysis.list_reports()] == [report.name]
        assert [rule.id async for rule in client.analysis.list_rules()] == ["MLH999", "MLH999"]
        assert (await client.analysis.get_rule("rules/MLH999")).id == "MLH999"
        results = await client.analysis.batch_analyze_sources([source("b.py", BAD)])
        assert from_status(results[0].error).reason == "SOURCE_SYNTAX_INVALID"
        with pytest.raises(malha.InvalidArgument):
            await client.analysis.analyze_source(path="a.py", text=BAD)
        files = [(f"{index}.py", b"print(1)\n") for index in range(20)]
        messages = [each async for each in client.analysis.analyze_project(files, label="all")]
        assert sum(len(message.results) for message in messages) == 20


async def test_an_asyncio_upload_that_fails_says_why(mesh: Mesh) -> None:
    def files() -> Iterator[tuple[str, bytes]]:
        yield "a.py", b""
        raise OSError("the disk is gone")

    async with malha.connect_async(mesh.url) as client:
        with pytest.raises(OSError, match="the disk is gone"):
            [each async for each in client.analysis.analyze_project(files(), label="all")]


async def test_cancelling_the_task_cancels_the_call(mesh: Mesh) -> None:
    async def never() -> object:
        await asyncio.Event().wait()
        yield "a.py", b""

    async with malha.connect_async(mesh.url) as client:
        stream = client.analysis.analyze_project(never(), label="all")  # type: ignore[arg-type]
        task = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(mesh.service.started.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_the_trace_is_handed_on(mesh: Mesh) -> None:
    from opentelemetry import trace

    context = trace.SpanContext(0x1234, 0x5678, is_remote=False, trace_flags=trace.TraceFlags(1))
    async with malha.connect_async(mesh.url, tracing=True) as client:
        with trace.use_span(trace.NonRecordingSpan(context)):
            await client.analysis.get_rule("rules/MLH999")
            [each async for each in client.analysis.analyze_project([("a.py", b"")], label="all")]
    expected = re.compile(r"00-0{28}1234-0{12}5678-01")
    assert all(expected.fullmatch(str(metadata["traceparent"])) for metadata in mesh.service.metadata)
    with malha.connect(mesh.url, tracing=True) as blocking:
        blocking.analysis.get_rule("rules/MLH999")
