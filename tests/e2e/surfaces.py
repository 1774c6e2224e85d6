"""The same call through the three ways in: the generated client, grpcurl, and curl. Each answers with plain JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import grpc
import malha
from google.protobuf import json_format
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from tests.support.mesh_process import Mesh

# Registers the details' types, so that JSON can show them.
_DETAILS = error_details_pb2.DESCRIPTOR
SERVICE = "malha.analysis.v1.AnalysisService"
_STUBS: dict[str, Callable[[malha.Client], Any]] = {
    SERVICE: lambda client: client.analysis.stub,
    "malha.pricing.v1.CatalogService": lambda client: client.pricing.catalogue,
    "malha.pricing.v1.AdvisorService": lambda client: client.pricing.advisor,
    "malha.pricing.v1.QuestionService": lambda client: client.pricing.questions,
    "malha.pricing.v1.IngestService": lambda client: client.pricing.ingest,
    "malha.pricing.v1.AlertService": lambda client: client.pricing.alerts,
}
"""The client's generated stubs. No two methods of them have one name."""


@dataclass(frozen=True)
class Answer:
    """What a caller saw: the gRPC code's name and the error as `google.rpc.Status` in JSON, or the response."""

    code: str
    body: dict[str, Any]
    http: int | None = None

    def detail(self, kind: str) -> dict[str, Any]:
        """The detail of one type, such as `ErrorInfo`; empty when there is none."""
        return next((detail for detail in self.body.get("details", []) if detail["@type"].endswith(f".{kind}")), {})


def service_of(method: str) -> str:
    """The service that has a method."""
    return next(name for name in _STUBS if method in Default().FindServiceByName(name).methods_by_name)


def by_client(client: malha.Client, method: str, request: dict[str, Any]) -> Answer:
    """Through the generated stub. A stream's messages stand in `stream`."""
    service = service_of(method)
    descriptor = Default().FindServiceByName(service).methods_by_name[method]
    message = json_format.ParseDict(request, GetMessageClass(descriptor.input_type)())
    try:
        response = getattr(_STUBS[service](client), method)(message, timeout=30)
        if descriptor.server_streaming:
            return Answer("OK", {"stream": [json_format.MessageToDict(each) for each in response]})
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        body = json_format.MessageToDict(status) if status else {"message": error.details()}
        return Answer(error.code().name, body)
    return Answer("OK", json_format.MessageToDict(response))


def by_grpcurl(grpcurl: str, mesh: Mesh, method: str, request: dict[str, Any]) -> Answer:
    """Through grpcurl, which learns the contract by reflection."""
    done = subprocess.run(
        [grpcurl, "-cacert", str(mesh.ca), *mesh.header_options, "-max-time", "30", "-format-error", "-d", "@",
         mesh.edge, f"{service_of(method)}/{method}"],
        input=json.dumps(request), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return Answer("OK", json.loads(done.stdout))
    body = json.loads(done.stderr[done.stderr.index("{") :])
    status = json_format.ParseDict(body, status_pb2.Status(), ignore_unknown_fields=True)
    return Answer(_name(status.code), json_format.MessageToDict(status))


def by_curl(
    curl: str, mesh: Mesh, verb: str, path: str, request: dict[str, Any] | None, *, stream: bool = False
) -> Answer:
    """Through REST. The lines of a `stream` stand in `stream`."""
    command = [curl, "-sS", "--cacert", str(mesh.ca), "-X", verb, "-w", "\n%{http_code}", f"https://{mesh.edge}{path}"]
    command += mesh.header_options
    if request is not None:
        command += ["-H", "content-type: application/json", "--data-binary", "@-"]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text, http = done.stdout.rsplit("\n", 1)
    if int(http) < 400 and stream:
        return Answer("OK", {"stream": [json.loads(line) for line in text.splitlines() if line]}, int(http))
    body = json.loads(text)
    if int(http) < 400:
        return Answer("OK", body, int(http))
    assert set(body) == {"error"}, body
    error = body["error"]
    assert error["code"] == int(http)
    return Answer(error["status"], {key: error[key] for key in ("message", "details") if key in error}, int(http))


def _name(code: int) -> str:
    return next(status.name for status in grpc.StatusCode if status.value[0] == code)
