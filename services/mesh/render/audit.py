"""What Envoy refuses, told to `identity`, which makes entries of the audit log of it (docs/adr/0022).

Nobody waits for this. What was refused is collected for half a second and sent; when `identity` does not take it, it is
dropped and counted (`access_logs.open_telemetry_access_log.refusals.logs_dropped`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.identity.audit.refusals import fields
from services.identity.audit.refusals.fields import Field
from services.mesh.render import limits, replies, tokens
from services.mesh.render.document import Node, typed
from services.runtime.identity.spiffe import CALLER_KEY

if TYPE_CHECKING:
    from services.mesh.topology import Topology

SERVICE: Final = "identity"
"""The component that keeps the log."""

_SECONDS: Final = "0.5s"
_PATIENCE: Final = "1s"
# Nearly two hundred refusals.
_BATCH_BYTES: Final = 64 * 1024
# A claim or a path that is longer is of no use to the log.
_LONGEST: Final = 256


def _claim(name: str) -> str:
    return f"%DYNAMIC_METADATA({tokens.JWT}:{tokens.CLAIMS}:{name}):{_LONGEST}%"


# Those that Envoy gives a call by gRPC that it refuses.
_STATUSES: Final = ("UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED", "UNAVAILABLE")

_FACTS: Final = {
    Field.DETAILS: "%RESPONSE_CODE_DETAILS%",
    Field.ROUTE: "%ROUTE_NAME%",
    Field.VERB: f"%REQ(:METHOD):{_LONGEST}%",
    Field.PATH: f"%PATH(NQ:PATH):{_LONGEST}%",
    Field.CALLER: f"%REQ({CALLER_KEY.upper()}):{_LONGEST}%",
    Field.ADDRESS: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    Field.SUBJECT: _claim("sub"),
    Field.TENANT: _claim("tenant"),
    Field.CLIENT: _claim("client_id"),
    Field.LIMIT: f"%DYNAMIC_METADATA({limits.SHARED}:limit):{_LONGEST}%",
    Field.REQUEST_ID: f"%REQ(X-REQUEST-ID):{_LONGEST}%",
    Field.TRACE_ID: "%TRACE_ID%",
}


def applies(topology: Topology) -> bool:
    """Whether this mesh has an audit log."""
    return topology.guarded and SERVICE in topology.names


def refusals(topology: Topology) -> list[Node]:
    """The access log of what was refused, beside that of everything; the same on every listener."""
    if not applies(topology):
        return []
    facts = [{"key": field.value, "value": {"string_value": text}} for field, text in _FACTS.items()]
    config = typed(
        "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig",
        grpc_service={"envoy_grpc": {"cluster_name": SERVICE}, "timeout": _PATIENCE},
        log_name="refusals",
        stat_prefix="refusals.",
        disable_builtin_labels=True,
        buffer_flush_interval=_SECONDS,
        buffer_size_bytes=_BATCH_BYTES,
        attributes={"values": facts},
    )
    return [{"name": "envoy.access_loggers.open_telemetry", "filter": _refused(), "typed_config": config}]


def _refused() -> Node:
    """What Envoy itself refused: a call that a service refuses leaves an entry there.

    The status is looked at first, since that is cheap and leaves nothing to do for a call that went well.
    """
    by = (
        f"response.code_details.startsWith('{fields.JWT_DENIED}')",
        f"response.code_details.startsWith('{fields.RBAC_DENIED}')",
        *(f"response.code_details == '{details}'" for details in sorted(fields.LIMITED)),
        f"response.code_details == '{fields.NO_REST}'",
        f"xds.route_name == '{fields.NOTHING}'",
    )
    return replies.every([_by_status(), replies.when(" || ".join(by))])


def _by_status() -> Node:
    """What was answered by REST with an error, or by gRPC with the status of a refusal."""
    error = {"op": "GE", "value": {"default_value": 400, "runtime_key": "malha.refusals.status"}}
    return {
        "or_filter": {
            "filters": [
                {"status_code_filter": {"comparison": error}},
                {"grpc_status_filter": {"statuses": list(_STATUSES)}},
            ]
        }
    }
