"""The facts that Envoy tells of a call that it refused: what it is configured to send, and what is read from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

SERVICE: Final = "opentelemetry.proto.collector.logs.v1.LogsService"
METHOD: Final = "Export"

UNKNOWN: Final = "-"
"""What Envoy writes for what it does not know."""


class Field(StrEnum):
    """The names of the facts. None of them ever holds a token, a query or a header that may be secret."""

    DETAILS = "details"
    """Why, in Envoy's words: `%RESPONSE_CODE_DETAILS%`."""
    ROUTE = "route"
    """The name of the route; that of a method's is the method's."""
    VERB = "verb"
    PATH = "path"
    """The path without its query: only to find the method of a REST call, and kept nowhere."""
    CALLER = "caller"
    """The SPIFFE id of the workload that called, or of the edge."""
    ADDRESS = "address"
    """The address that the connection came from."""
    SUBJECT = "subject"
    """This and the two that follow are claims of a token that was verified; unknown without one."""
    TENANT = "tenant"
    CLIENT = "client"
    LIMIT = "limit"
    """The name of the shared limit that refused."""
    REQUEST_ID = "request_id"
    """This and the next are last, since no two calls share them."""
    TRACE_ID = "trace_id"


REST: Final = "rest"
"""How the names of the routes begin that lead to the transcoder: the method is known by verb and path only."""
NOTHING: Final = "nothing"
"""The name of the route of what is called by gRPC and in no contract."""
INVALID: Final = "token-invalid"
WRONG_KIND: Final = "token-of-another-kind"
"""The names of the policies that refuse a token for what it is, which stand in the details. The first one also begins
the name of another."""
JWT_DENIED: Final = "jwt_authn_access_denied"
RBAC_DENIED: Final = "rbac_access_denied_matched_policy"
LIMITED: Final = frozenset({"request_rate_limited", "local_rate_limited"})
"""How the details begin, or what they are, for each of Envoy's filters that refuse."""
NO_REST: Final = "early_grpc_json_transcode_failure{NOT_FOUND}"
"""The details of a REST call that is none of a method."""
