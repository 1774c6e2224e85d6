"""The same call through the three ways in: the generated client, grpcurl, and curl. Each answers with plain JSON."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import grpc
import malha
from google.protobuf import json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from malha.analysis.v1 import analysis_service_pb2 as pb

from tests.support.mesh_process import Mesh

# Registers the details' types, so that JSON can show them.
_DETAILS = error_details_pb2.DESCRIPTOR
SERVICE = "malha.analysis.v1.AnalysisService"


@dataclass(frozen=True)
class Answer:
    """What a caller saw: the gRPC code's name and the error as `google.rpc.Status` in JSON, or the response."""

    code: str
    body: dict[str, Any]
    http: int | None = None

    def detail(self, kind: str) -> dict[str, Any]:
        """The detail of one type, such as `ErrorInfo`; empty when there is none."""
        return next((detail for detail in self.body.get("details", []) if detail["@type"].endswith(f".{kind}")), {})


def by_client(client: malha.Client, method: str, request: dict[str, Any]) -> Answer:
    """Through the generated stub."""
    descriptor = pb.DESCRIPTOR.services_by_name["AnalysisService"].methods_by_name[method]
    message = getattr(pb, descriptor.input_type.name)()
    json_format.ParseDict(request, message)
    try:
        response = getattr(client.analysis.stub, method)(message, timeout=30)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        body = json_format.MessageToDict(status) if status else {"message": error.details()}
        return Answer(error.code().name, body)
    return Answer("OK", json_format.MessageToDict(response))


def by_grpcurl(grpcurl: str, mesh: Mesh, method: str, request: dict[str, Any]) -> Answer:
    """Through grpcurl, which learns the contract by reflection."""
    done = subprocess.run(
        [grpcurl, "-cacert", str(mesh.ca), *mesh.header_options, "-max-time", "30", "-format-error", "-d", "@",
         mesh.edge, f"{SERVICE}/{method}"],
        input=json.dumps(request), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return Answer("OK", json.loads(done.stdout))
    body = json.loads(done.stderr[done.stderr.index("{") :])
    status = json_format.ParseDict(body, status_pb2.Status(), ignore_unknown_fields=True)
    return Answer(_name(status.code), json_format.MessageToDict(status))


def by_curl(curl: str, mesh: Mesh, verb: str, path: str, request: dict[str, Any] | None) -> Answer:
    """Through REST."""
    command = [curl, "-sS", "--cacert", str(mesh.ca), "-X", verb, "-w", "\n%{http_code}", f"https://{mesh.edge}{path}"]
    command += mesh.header_options
    if request is not None:
        command += ["-H", "content-type: application/json", "--data-binary", "@-"]
    done = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text, http = done.stdout.rsplit("\n", 1)
    body = json.loads(text)
    if int(http) < 400:
        return Answer("OK", body, int(http))
    assert set(body) == {"error"}, body
    error = body["error"]
    assert error["code"] == int(http)
    return Answer(error["status"], {key: error[key] for key in ("message", "details") if key in error}, int(http))


def _name(code: int) -> str:
    return next(status.name for status in grpc.StatusCode if status.value[0] == code)
