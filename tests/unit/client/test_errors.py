"""Statuses become typed errors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import malha
import pytest
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from malha.errors import from_rpc, from_status


def packed(*details: object) -> list[any_pb2.Any]:
    found = [any_pb2.Any() for _ in details]
    for each, detail in zip(found, details, strict=True):
        each.Pack(detail)  # type: ignore[arg-type]
    return found


class Refused(grpc.RpcError):
    """What gRPC raises, without a call."""

    def __init__(self, code: grpc.StatusCode, trailers: tuple[tuple[str, str | bytes], ...]) -> None:
        self._code, self._trailers = code, trailers

    def code(self) -> grpc.StatusCode:
        return self._code

    def details(self) -> str:
        return "said by gRPC"

    def trailing_metadata(self) -> Any:
        return self._trailers


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK])
def test_each_code_has_its_class(code: grpc.StatusCode) -> None:
    error = from_rpc(Refused(code, ()))
    assert error.code is code
    assert (type(error) is malha.MalhaError) == (code is grpc.StatusCode.UNKNOWN)


def test_all_details_are_kept() -> None:
    status = status_pb2.Status(
        code=3,
        message="no",
        details=packed(
            error_details_pb2.ErrorInfo(reason="VALIDATION_FAILED", metadata={"request_id": "r", "a": "b"}),
            error_details_pb2.BadRequest(field_violations=[{"field": "source.path", "description": "too long"}]),
            error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=2)),
            error_details_pb2.ResourceInfo(resource_type="Report", resource_name="reports/1"),
        ),
    )
    error = from_status(status)
    assert isinstance(error, malha.InvalidArgument)
    assert (error.reason, error.request_id, error.metadata["a"]) == ("VALIDATION_FAILED", "r", "b")
    assert error.violations == (malha.Violation("source.path", "too long"),)
    assert error.retry_after == timedelta(seconds=2)
    assert error.resource == ("Report", "reports/1")
    assert "source.path: too long" in str(error)


def test_broken_details_do_not_hide_the_error() -> None:
    trailers = (("grpc-status-details-bin", b"\xff\xff"), ("x-request-id", "r"))
    error = from_rpc(Refused(grpc.StatusCode.NOT_FOUND, trailers))
    assert (error.message, error.reason, error.request_id) == ("said by gRPC", "", "r")
