"""What callers hear of failures."""

from datetime import timedelta

import asyncpg
import grpc
import pytest
import redis.exceptions
import sqlalchemy.exc
from google.rpc import error_details_pb2
from malha.error.v1.reason_pb2 import Reason

from services.runtime import exceptions
from services.runtime.errors import DomainError, ErrorMap, ErrorRule


class Missing(DomainError):
    """A thing is missing."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ReportMissing(Missing):
    """A report is missing."""


MAP = ErrorMap(
    {
        Missing: ErrorRule(
            code=grpc.StatusCode.NOT_FOUND,
            reason=Reason.REASON_REPORT_NOT_FOUND,
            message=lambda e: f"there is no {e.name}",
            metadata=lambda e: {"name": e.name},
            field=lambda _: "name",
            retry_after=timedelta(seconds=2),
            resource=lambda e: ("malha.local/Report", e.name),
        )
    }
)


def test_a_rule_fills_every_detail_also_for_a_subclass() -> None:
    status = MAP.to_status(ReportMissing("reports/1"), "id-1")
    assert status.code == grpc.StatusCode.NOT_FOUND.value[0]
    assert status.message == "there is no reports/1"
    info, bad, retry, resource = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
        error_details_pb2.ResourceInfo(),
    )
    for packed, message in zip(status.details, (info, bad, retry, resource), strict=True):
        assert packed.Unpack(message)
    assert (info.reason, info.domain) == ("REPORT_NOT_FOUND", "malha.local")
    assert dict(info.metadata) == {"name": "reports/1", "request_id": "id-1"}
    assert bad.field_violations[0].field == "name"
    assert retry.retry_delay.seconds == 2
    assert resource.resource_name == "reports/1"


def test_an_unknown_exception_is_internal_and_says_nothing() -> None:
    failure = MAP.to_failure(ValueError("secret"))
    assert (failure.code, failure.reason, failure.message) == (
        grpc.StatusCode.INTERNAL, "INTERNAL", "internal error",
    )  # fmt: skip


def test_a_rule_that_fails_is_internal_too() -> None:
    broken = ErrorMap(
        {Missing: ErrorRule(code=grpc.StatusCode.NOT_FOUND, reason=1, message=lambda e: e.secret)},
    )
    assert broken.to_failure(Missing("secret")).reason == "INTERNAL"


def _database(original: Exception, kind: type[sqlalchemy.exc.DBAPIError]) -> sqlalchemy.exc.DBAPIError:
    return kind("SELECT secret", {}, original)


@pytest.mark.parametrize(
    ("error", "dependency"),
    [
        (ConnectionRefusedError("secret"), "dependency"),
        (TimeoutError(), "dependency"),
        (redis.exceptions.ConnectionError("secret"), "redis"),
        (redis.exceptions.TimeoutError("secret"), "redis"),
        (sqlalchemy.exc.TimeoutError("secret"), "database"),
        (_database(OSError("secret"), sqlalchemy.exc.OperationalError), "database"),
        (_database(OSError("secret"), sqlalchemy.exc.InterfaceError), "database"),
        (_database(asyncpg.QueryCanceledError("secret"), sqlalchemy.exc.DBAPIError), "database"),
        (_database(asyncpg.LockNotAvailableError("secret"), sqlalchemy.exc.DBAPIError), "database"),
        (_database(asyncpg.AdminShutdownError("secret"), sqlalchemy.exc.DBAPIError), "database"),
        (asyncpg.InternalClientError("secret"), "database"),
        (grpc.RpcError("secret"), "service"),
    ],
)
def test_a_dependency_that_does_not_answer_is_unavailable_for_a_while(error: Exception, dependency: str) -> None:
    failure = MAP.to_failure(error)
    assert failure.code is grpc.StatusCode.UNAVAILABLE
    assert failure.reason == "DEPENDENCY_UNAVAILABLE"
    assert failure.metadata == {"dependency": dependency}
    assert failure.retry_after is not None
    assert "secret" not in failure.message


def _sub_call(code: grpc.StatusCode, failure: BaseException | None = None) -> grpc.aio.AioRpcError:
    """The error that a caller of one of our services gets, with the details of `failure`."""
    details: tuple[tuple[str, bytes], ...] = ()
    if failure is not None:
        details = (("grpc-status-details-bin", MAP.to_status(failure, "id").SerializeToString()),)
    text = MAP.to_failure(failure).message if failure is not None else "secret"
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*details), details=text)


@pytest.mark.parametrize(
    ("theirs", "ours", "reason"),
    [
        (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE"),
        (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE"),
        (grpc.StatusCode.ABORTED, grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
        (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INTERNAL, "INTERNAL"),
        (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INTERNAL, "INTERNAL"),
        (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL, "INTERNAL"),
    ],
)
def test_a_sub_call_that_fails_is_told_as_what_it_means_for_the_caller(
    theirs: grpc.StatusCode, ours: grpc.StatusCode, reason: str
) -> None:
    failure = MAP.to_failure(_sub_call(theirs))
    assert (failure.code, failure.reason) == (ours, reason)
    assert "secret" not in failure.message


def test_an_overload_behind_us_keeps_its_limit_and_its_advice() -> None:
    behind = exceptions.Overloaded(7, timedelta(seconds=3))
    failure = MAP.to_failure(_sub_call(grpc.StatusCode.RESOURCE_EXHAUSTED, behind))
    assert failure.metadata == {"limit": "7"}
    assert failure.retry_after == timedelta(seconds=3)


@pytest.mark.parametrize(
    "error",
    [
        _database(asyncpg.UniqueViolationError("secret"), sqlalchemy.exc.IntegrityError),
        _database(asyncpg.UndefinedTableError("secret"), sqlalchemy.exc.ProgrammingError),
        sqlalchemy.exc.InvalidRequestError("secret"),
        FileNotFoundError("secret"),
        redis.exceptions.ResponseError("secret"),
    ],
)
def test_a_fault_of_ours_is_not_blamed_on_a_dependency(error: Exception) -> None:
    assert MAP.to_failure(error).reason == "INTERNAL"


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (exceptions.Overloaded(5), grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
        (exceptions.ShuttingDown(), grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"),
        (exceptions.DeadlineExceeded(), grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (exceptions.RequestIdReused(), grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED"),
        (exceptions.FilterInvalid(3, "x"), grpc.StatusCode.INVALID_ARGUMENT, "FILTER_INVALID"),
        (exceptions.OrderByInvalid("x"), grpc.StatusCode.INVALID_ARGUMENT, "ORDER_BY_INVALID"),
        (exceptions.PageTokenInvalid(), grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID"),
    ],
)
def test_the_runtimes_own_errors_are_built_in(error: Exception, code: grpc.StatusCode, reason: str) -> None:
    failure = ErrorMap().to_failure(error)
    assert (failure.code, failure.reason) == (code, reason)
