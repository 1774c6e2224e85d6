"""The mesh's own proof that it works: one real call through the TLS edge, as a client makes it."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import malha
from malha.analysis.v1 import rule_pb2
from malha.auth import found
from malha.channel import open_channel
from malha.identity.v1 import oauth_service_pb2
from malha.settings import Endpoint
from malha.testing.v1 import echo_service_pb2, echo_service_pb2_grpc

from services.mesh.layout import Layout
from services.mesh.settings import Mode
from services.mesh.topology import ANALYSIS, ECHO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.mesh.settings import MeshSettings
    from services.mesh.topology import Topology

_TIMEOUT_SECONDS = 30.0
_SHOWN = 5


def sample() -> Path:
    """A file that every machine with Python has, and that every analysis finds something in."""
    return Path(argparse.__file__)


def run(topology: Topology, settings: MeshSettings) -> list[str]:
    """Call the topology's services through the edge; lines for a person. Raises `malha.MalhaError` or grpc.RpcError."""
    with _connected(topology, settings) as client:
        if topology.guarded and settings.mode is Mode.PRODUCTION:
            return _discover(client)
        if ANALYSIS.name in (service.name for service in topology.services):
            return _analyse(client)
        if ECHO.name in (service.name for service in topology.services):
            return _echo(client)
    return []


@contextmanager
def _connected(topology: Topology, settings: MeshSettings) -> Iterator[malha.Client]:
    """A client with the developer's token, where one is needed and there is one; never that of a login."""
    address, ca_file = f"localhost:{settings.edge_port}", settings.root / "pki" / "ca.pem"
    file = Layout(settings.root).credentials
    if not (topology.guarded and file.exists()):
        with malha.connect(address, ca_file=ca_file, token="") as client:
            yield client
        return
    with (
        open_channel(Endpoint(address, ca_file=ca_file)) as channel,
        malha.connect(address, ca_file=ca_file, token=found.development(file, channel)) as client,
    ):
        yield client


def _discover(client: malha.Client) -> list[str]:
    """What everybody may ask: in production there is no token yet, and nobody to give us one."""
    request = oauth_service_pb2.GetOpenIdConfigurationRequest()
    answer = client.identity.oauth.GetOpenIdConfiguration(request, timeout=_TIMEOUT_SECONDS)
    return [f"tokens come from {answer.token_endpoint}"]


def _analyse(client: malha.Client) -> list[str]:
    path = sample()
    report = client.analysis.analyze_source(path=path.name, text=path.read_text(), timeout=_TIMEOUT_SECONDS)
    summary = report.summary
    lines = [f"{path}: score {summary.score:.1f}, {summary.findings} findings in {summary.code_lines} lines of code"]
    # The findings come by position; the worst say most about the service.
    for finding in sorted(report.findings, key=lambda f: -f.severity)[:_SHOWN]:
        severity = rule_pb2.Severity.Name(finding.severity).removeprefix("SEVERITY_").lower()
        rule = finding.rule.removeprefix("rules/")
        lines.append(f"  {path.name}:{finding.range.start.line}: {severity} {rule}: {finding.message}")
    if len(report.findings) > _SHOWN:
        lines.append(f"  and {len(report.findings) - _SHOWN} more")
    return lines


def _echo(client: malha.Client) -> list[str]:
    stub = echo_service_pb2_grpc.EchoServiceStub(client.channel)
    answer = stub.Echo(echo_service_pb2.EchoRequest(message="malha"), timeout=_TIMEOUT_SECONDS)
    return [f"echo through the edge: {answer.message}"]
