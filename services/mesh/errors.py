"""What an operator hears of each failure of the admin service: code, reason, safe text, facts."""

from __future__ import annotations

from datetime import timedelta

import grpc
from malha.error.v1.reason_pb2 import Reason

from services.mesh.supervisor import errors
from services.mesh.traces.store import TraceNotFound
from services.runtime.errors import ErrorMap, ErrorRule
from services.runtime.exceptions import ShuttingDown

# A restart of two replicas takes about this long.
_CHANGE_TIME = timedelta(seconds=5)


def error_map() -> ErrorMap:
    """The rules of the admin service over those of the runtime.

    The operator owns the machine, so the texts of the supervisor's errors, paths of logs included, are for its eyes.
    """
    return ErrorMap(
        {
            ShuttingDown: ErrorRule(
                code=grpc.StatusCode.UNAVAILABLE,
                reason=Reason.REASON_SHUTTING_DOWN,
                message=lambda _: "the mesh is stopping",
                retry_after=_CHANGE_TIME,
            ),
            errors.ComponentNotFound: ErrorRule(
                code=grpc.StatusCode.NOT_FOUND,
                reason=Reason.REASON_COMPONENT_NOT_FOUND,
                message=str,
                resource=lambda e: ("malha.mesh.v1.Component", e.name),
            ),
            errors.VersionUnusable: ErrorRule(
                code=grpc.StatusCode.FAILED_PRECONDITION,
                reason=Reason.REASON_VERSION_UNUSABLE,
                message=str,
                metadata=lambda e: {"service": e.service, "version": e.version, "detail": e.detail},
            ),
            errors.DeploymentNotFound: ErrorRule(
                code=grpc.StatusCode.NOT_FOUND,
                reason=Reason.REASON_DEPLOYMENT_NOT_FOUND,
                message=str,
                resource=lambda e: ("malha.mesh.v1.Deployment", e.name),
            ),
            TraceNotFound: ErrorRule(
                code=grpc.StatusCode.NOT_FOUND,
                reason=Reason.REASON_TRACE_NOT_FOUND,
                message=str,
                resource=lambda e: ("malha.mesh.v1.Trace", e.trace_id),
            ),
            errors.ChangeInProgress: ErrorRule(
                code=grpc.StatusCode.ABORTED,
                reason=Reason.REASON_CHANGE_IN_PROGRESS,
                message=str,
                metadata=lambda e: {"service": e.service},
                retry_after=_CHANGE_TIME,
            ),
            errors.RequestIdReused: ErrorRule(
                code=grpc.StatusCode.INVALID_ARGUMENT,
                reason=Reason.REASON_REQUEST_ID_REUSED,
                message=str,
                field=lambda _: "request_id",
            ),
            errors.StartFailed: ErrorRule(
                code=grpc.StatusCode.FAILED_PRECONDITION,
                reason=Reason.REASON_START_FAILED,
                message=str,
                metadata=lambda e: {"component": e.component},
            ),
        }
    )
