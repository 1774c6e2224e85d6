"""What a caller hears of each failure of this service: code, reason, safe text, facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.analysis.domain import errors
from services.runtime.errors import ErrorMap, ErrorRule


def error_map() -> ErrorMap:
    """The rules of this service over those of the runtime."""
    return ErrorMap(
        {
            errors.SourceEncodingInvalid: _source(Reason.REASON_SOURCE_ENCODING_INVALID, "encoding"),
            errors.SourceNullCharacter: _source(Reason.REASON_SOURCE_NULL_CHARACTER),
            errors.SourceSyntaxInvalid: _source(Reason.REASON_SOURCE_SYNTAX_INVALID, "detail"),
            errors.SourceTooDeep: _source(Reason.REASON_SOURCE_TOO_DEEP, "limit"),
            errors.SourceTooLarge: _source(Reason.REASON_SOURCE_TOO_LARGE, "limit", placed=False),
            errors.SourceTimedOut: _source(Reason.REASON_SOURCE_TIMED_OUT, "limit_ms", placed=False),
            errors.SourceTooComplex: _source(Reason.REASON_SOURCE_TOO_COMPLEX, "limit", placed=False),
            errors.ReportNotFound: ErrorRule(
                code=grpc.StatusCode.NOT_FOUND,
                reason=Reason.REASON_REPORT_NOT_FOUND,
                message=lambda e: f"there is no report `reports/{e.report}`",
                resource=lambda e: ("malha.analysis.v1.Report", f"reports/{e.report}"),
            ),
            errors.RuleNotFound: ErrorRule(
                code=grpc.StatusCode.NOT_FOUND,
                reason=Reason.REASON_RULE_NOT_FOUND,
                message=lambda e: f"there is no rule `rules/{e.rule}`; ListRules has them all",
                resource=lambda e: ("malha.analysis.v1.Rule", f"rules/{e.rule}"),
            ),
            errors.ProjectStreamInvalid: ErrorRule(
                code=grpc.StatusCode.INVALID_ARGUMENT,
                reason=Reason.REASON_PROJECT_STREAM_INVALID,
                message=lambda e: f"{e.path}: {e.detail}" if e.path else e.detail,
                metadata=lambda e: {"detail": e.detail} | ({"path": e.path} if e.path else {}),
            ),
            errors.ProjectTooLarge: ErrorRule(
                code=grpc.StatusCode.RESOURCE_EXHAUSTED,
                reason=Reason.REASON_PROJECT_TOO_LARGE,
                message=lambda e: f"a project may have at most {e.limit}; analyse its folders one by one",
                metadata=lambda e: {"limit": e.limit},
            ),
        }
    )


def _source(reason: Reason.ValueType, *facts: str, placed: bool = True) -> ErrorRule:
    """A source that cannot be analysed: blamed on `source`, with its place and the attributes named in `facts`."""
    names = ("path", *(("line", "column") if placed else ()), *facts)

    def metadata(error: errors.SourceError) -> Mapping[str, str]:
        return {name: str(getattr(error, name)) for name in names}

    message: Callable[[errors.SourceError], str] = str
    return ErrorRule(
        code=grpc.StatusCode.INVALID_ARGUMENT,
        reason=reason,
        message=message,
        metadata=metadata,
        field=lambda _: "source",
    )
