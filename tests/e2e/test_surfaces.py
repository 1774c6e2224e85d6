"""All ways in tell the same truth."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import malha
import malha.analysis.v1.analysis_service_pb2 as pb
import pytest

from tests.e2e.surfaces import SERVICE, by_client, by_curl, by_grpcurl
from tests.support.mesh_process import Mesh

SLOW = '''\
import os


def join(parts: list[str]) -> str:
    """Build a text the slow way."""
    text = ""
    for part in parts:
        text += part + ","
    if os.system("ls " + text) == None:
        print("é — done")
    return text
'''


def _request() -> dict[str, Any]:
    return {"source": {"path": "pkg/slow.py", "text": SLOW}}


def _comparable(report: dict[str, Any]) -> dict[str, Any]:
    per_call = {"name", "createTime", "timings", "cached"}
    return {key: value for key, value in report.items() if key not in per_call}


def test_client_grpcurl_and_curl_see_the_same_report(
    client: malha.Client, running: Mesh, grpcurl: str, curl: str
) -> None:
    first = by_client(client, "AnalyzeSource", _request()).body["report"]
    second = by_grpcurl(grpcurl, running, "AnalyzeSource", _request()).body["report"]
    third = by_curl(curl, running, "POST", "/v1/sources:analyze", _request()).body
    assert first["findings"]
    assert _comparable(first) == _comparable(second) == _comparable(third)


def test_a_stored_report_reads_back_as_it_was(client: malha.Client, running: Mesh, curl: str) -> None:
    made = by_client(client, "AnalyzeSource", _request()).body["report"]
    assert by_client(client, "GetReport", {"name": made["name"]}).body["report"] == made
    assert by_curl(curl, running, "GET", f"/v1/{made['name']}", None).body == made
    basic = by_curl(curl, running, "GET", f"/v1/{made['name']}?view=REPORT_VIEW_BASIC", None).body
    assert "findings" not in basic
    assert basic["summary"] == made["summary"]


def test_grpcurl_lists_and_describes_every_service(grpcurl: str, running: Mesh) -> None:
    def ask(*arguments: str) -> str:
        return subprocess.run(
            [grpcurl, "-cacert", str(running.ca), *running.header_options, running.edge, *arguments],
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout  # fmt: skip

    listed = ask("list").split()
    assert {SERVICE, "grpc.health.v1.Health"} <= set(listed)
    for service in listed:
        assert f"{service} is a service" in ask("describe", service)
    assert "rpc AnalyzeSource" in ask("describe", SERVICE)
    assert f"{SERVICE}.AnalyzeSource is a method" in ask("describe", f"{SERVICE}.AnalyzeSource")
    assert "string path = 1" in ask("describe", "malha.analysis.v1.Source")


def test_the_same_request_id_answers_with_the_same_report(client: malha.Client) -> None:
    request = {**_request(), "requestId": str(uuid4())}
    first = by_client(client, "AnalyzeSource", request)
    second = by_client(client, "AnalyzeSource", request)
    assert first.body["report"]["name"] == second.body["report"]["name"]
    other = {**request, "source": {"path": "other.py", "text": "x = 1\n"}}
    refused = by_client(client, "AnalyzeSource", other)
    assert (refused.code, refused.detail("ErrorInfo")["reason"]) == ("INVALID_ARGUMENT", "REQUEST_ID_REUSED")


def test_a_batch_has_a_result_for_each_source(client: malha.Client, running: Mesh, curl: str) -> None:
    request = {
        "sources": [
            {"path": "good.py", "text": SLOW},
            {"path": "bad.py", "text": "def (:\n"},
            {"path": "empty.py", "text": ""},
        ]
    }
    rest = by_curl(curl, running, "POST", "/v1/sources:batchAnalyze", request).body["results"]
    grpc_results = by_client(client, "BatchAnalyzeSources", request).body["results"]
    for results in (rest, grpc_results):
        assert [result["path"] for result in results] == ["good.py", "bad.py", "empty.py"]
        assert results[0]["report"]["findings"]
        assert results[1]["error"]["details"][0]["reason"] == "SOURCE_SYNTAX_INVALID"
        assert results[2]["report"]["summary"]["score"] == 100.0


def test_a_project_streams_its_results(client: malha.Client) -> None:
    def requests() -> Any:
        yield pb.AnalyzeProjectRequest(start=pb.ProjectStart(label="demo", expected_files=20))
        for number in range(20):
            half = len(SLOW) // 2
            yield pb.AnalyzeProjectRequest(
                chunks=pb.FileChunks(
                    chunks=[
                        pb.FileChunk(path=f"m{number}.py", data=SLOW.encode()[:half]),
                        pb.FileChunk(path=f"m{number}.py", data=SLOW.encode()[half:], last=True),
                    ]
                )
            )

    responses = list(client.analysis.stub.AnalyzeProject(requests(), timeout=60))
    results = [result for response in responses for result in response.results]
    final = responses[-1].report
    assert sorted(result.path for result in results) == sorted(f"m{number}.py" for number in range(20))
    assert final.summary.files == 20
    assert final.summary.findings == sum(result.report.summary.findings for result in results)
    assert {result.report.parent for result in results} == {final.name}
    children = client.analysis.stub.ListReports(
        pb.ListReportsRequest(filter=f'parent = "{final.name}"', page_size=100), timeout=10
    )
    assert len(children.reports) == 20


def test_a_project_can_be_sent_and_received_over_rest(running: Mesh, curl: str) -> None:
    messages = [
        {"start": {"label": "rest"}},
        {"chunks": {"chunks": [{"path": "a.py", "data": "eCA9IDEK", "last": True}]}},
    ]
    done = subprocess.run(
        [curl, "-sS", "--cacert", str(running.ca), "-H", "content-type: application/json", "--data-binary", "@-",
         *running.header_options, f"https://{running.edge}/v1/projects:analyze"],
        input=json.dumps(messages), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines() if line]
    assert lines[-1]["report"]["summary"]["files"] == 1
    assert [result["path"] for line in lines for result in line.get("results", [])] == ["a.py"]


def test_pages_cover_the_rules_without_gap_or_double(client: malha.Client) -> None:
    seen: list[str] = []
    token = ""
    while True:
        page = client.analysis.stub.ListRules(pb.ListRulesRequest(page_size=7, page_token=token), timeout=10)
        seen += [rule.id for rule in page.rules]
        token = page.next_page_token
        if not token:
            break
    assert seen == sorted(set(seen))
    assert len(seen) > 50
    performance = client.analysis.stub.ListRules(
        pb.ListRulesRequest(filter="category = CATEGORY_PERFORMANCE AND engine = MALHA", page_size=1000), timeout=10
    )
    assert len(performance.rules) >= 15


def test_what_no_method_serves_is_a_clean_error(running: Mesh, client: malha.Client, curl: str) -> None:
    assert by_curl(curl, running, "GET", "/v1/nothing", None).http == 404
    assert by_curl(curl, running, "POST", "/v1/sources:analyze", None).http == 400
    unknown = client.channel.unary_unary("/malha.analysis.v1.AnalysisService/Nothing")
    with pytest.raises(grpc.RpcError) as raised:
        unknown(b"", timeout=10)
    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_too_large_a_message_is_refused(client: malha.Client) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        client.analysis.stub.AnalyzeSource(
            pb.AnalyzeSourceRequest(source={"path": "a.py", "content": b"#" * (9 << 20)}), timeout=30
        )
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_command_line_shows_and_fails(running: Mesh, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "broken.py").write_text("if\n")
    shown = running.run("analyze", str(tmp_path), "--format", "json")
    assert shown.returncode == 1
    document = json.loads(shown.stdout)
    assert {Path(entry["path"]).name for entry in document["files"]} == {"slow.py", "broken.py"}
    assert document["summary"]["failed_files"] == 1
    table = running.run("analyze", str(tmp_path / "slow.py"))
    assert "slow.py" in table.stdout
    piped = running.run("analyze", "-", "--format", "sarif", stdin=SLOW.encode())
    assert json.loads(piped.stdout)["version"] == "2.1.0"
