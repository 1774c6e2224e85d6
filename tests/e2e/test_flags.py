"""What operators switch off is off within seconds, and what cannot be had is missing from answers, not the answers."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import httpx
import malha
import psutil
import pytest
from malha.analysis.v1 import analysis_service_pb2 as pb
from malha.errors import from_rpc

from tests.support.mesh_process import Mesh, mesh, wait_until

SOURCE = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    return out\n"
KEY = "x-malha-degraded"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh whose flags change and whose database is frozen for a while."""
    with mesh(tmp_path_factory.mktemp("changed") / "state", "--replicas", "pricing=1") as started:
        yield started


@pytest.fixture(scope="module")
def client(changed: Mesh) -> Iterator[malha.Client]:
    with changed.connect() as connected:
        yield connected


@pytest.fixture(scope="module")
def rest(changed: Mesh) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://{changed.plaintext}", headers=changed.headers, timeout=30) as connected:
        yield connected


def _analyse_project(client: malha.Client) -> str:
    """The reason of the refusal, or nothing."""
    start = pb.AnalyzeProjectRequest(start=pb.ProjectStart(label="p", expected_files=0))
    try:
        list(client.analysis.stub.AnalyzeProject(iter([start]), timeout=30))
    except grpc.RpcError as error:
        return str(from_rpc(error).reason)
    return ""


def _alarms(changed: Mesh) -> list[str]:
    return [alarm["kind"] for alarm in changed.status()["alarms"]]


def test_a_feature_is_switched_off_and_on_while_the_mesh_serves(changed: Mesh, client: malha.Client) -> None:
    flags = changed.state / "flags.yaml"
    assert _analyse_project(client) == ""
    flags.write_text("flags: {analysis-projects: false}")
    wait_until(lambda: _analyse_project(client) == "FEATURE_DISABLED", 10, "projects are switched off")
    assert client.analysis.analyze_source(path="a.py", text=SOURCE).summary.files == 1
    assert "false" in changed.run("flags").stdout

    flags.write_text("flags: {analysis-projects: maybe}")
    wait_until(lambda: _alarms(changed) == ["FLAGS_UNUSABLE"], 20, "the alarm")
    assert changed.run("flags").returncode == 1
    assert _analyse_project(client) == "FEATURE_DISABLED", "the last good values stay"

    flags.write_text("flags: {analysis-projects: {value: false, rules: [{tiers: [development], value: true}]}}")
    wait_until(lambda: _analyse_project(client) == "", 10, "projects are switched on for whom a rule fits")
    wait_until(lambda: not _alarms(changed), 20, "the alarm is over")


@contextmanager
def _frozen(changed: Mesh, component: str) -> Iterator[None]:
    (server,) = changed.component(component)["replicas"]
    processes = [psutil.Process(server["pid"]), *psutil.Process(server["pid"]).children()]
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.send_signal(signal.SIGCONT)


def test_sources_are_analysed_while_the_database_is_frozen(
    changed: Mesh, client: malha.Client, rest: httpx.Client
) -> None:
    request = {"source": {"path": "a.py", "text": SOURCE}}
    whole = rest.post("/v1/sources:analyze", json=request)
    assert KEY not in whole.headers
    assert whole.json()["name"]

    with _frozen(changed, "postgres"):
        answer = rest.post("/v1/sources:analyze", json=request)
        assert (answer.status_code, answer.headers.get(KEY)) == (200, "storage"), answer.text
        report = answer.json()
        assert report["degraded"] == ["storage"]
        assert "name" not in report or report["name"] == ""
        assert report["findings"] == whole.json()["findings"]
        told = client.analysis.analyze_source(path="a.py", text=SOURCE)
        assert (told.name, list(told.degraded)) == ("", ["storage"])
        with pytest.raises(malha.Unavailable):
            next(client.analysis.list_reports())

    def kept() -> bool:
        return bool(client.analysis.analyze_source(path="a.py", text=SOURCE).name)

    wait_until(kept, 30, "reports are kept again")
