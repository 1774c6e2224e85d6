"""How often one may call, as Envoy enforces it: by itself against addresses, and by asking the limiter.

Three filters, of which a call meets what its method asks for:

- the floor, for every request of an address, before anything is done for it;
- the entrance, for the methods that need no token, so that there is a limit when the limiter does not answer;
- the limiter's answer, for what somebody is counted against: a user by his token, an address where no token is needed,
  and everyone. It comes behind the transcoder, so that a call by REST is one by gRPC when it is counted.

The limiter's silence lets a call go on: what it would have refused is still bounded by floor and entrance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.limits.adapters import policy_document
from services.limits.domain import policy
from services.mesh.render.document import Node, seconds, typed
from services.runtime.auth.verification import COUNTED
from services.runtime.method import Access

if TYPE_CHECKING:
    from services.limits.adapters.policy_document import EdgePart, Rate
    from services.mesh.policies import Method
    from services.mesh.render.document import Edge
    from services.mesh.topology import Topology

FLOOR: Final = "malha.limits.floor"
ENTRANCE: Final = "malha.limits.entrance"
SHARED: Final = "envoy.filters.http.ratelimit"
SERVICE: Final = "limits"
"""The component that decides."""
DOMAIN: Final = "malha"
_CLAIMS: Final = ("envoy.filters.http.jwt_authn", "claims")
# Where the filter that checks tokens leaves what they say: namespace and key of the dynamic metadata.

LOCALLY_LIMITED: Final = "response.code_details == 'local_rate_limited'"
LIMITED: Final = "response.code_details == 'request_rate_limited'"
AGAIN_SECONDS: Final = 1
"""When an address may try again that floor or entrance stopped."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a REST caller hears of a limit, as texts or formats of Envoy."""

    limit: str
    retry_delay: str
    violations: Any
    """As in `google.rpc.QuotaFailure`."""


def _of_limiter(field: str) -> str:
    return f"%DYNAMIC_METADATA({SHARED}:{field})%"


REFUSAL: Final = Refusal(_of_limiter("limit"), _of_limiter("retry_delay"), _of_limiter("violations"))
"""A refusal of the limiter, in its own words."""
VIOLATION: Final = {"subject": "address", "description": "more calls than one address may make"}
ADDRESS_REFUSAL: Final = Refusal("address", f"{AGAIN_SECONDS}s", [VIOLATION])
"""A refusal of floor or entrance."""

_PATIENCE_SECONDS: Final = 0.05
# Beyond so many addresses at once, the one that was silent for longest begins anew.
_ADDRESSES: Final = 65_536
# Who has an IPv6 network has 2^64 addresses of it; those count as one.
_MASKS: Final = {"v4_prefix_mask_len": 32, "v6_prefix_mask_len": 64}
_UNNAMED: Final = "-"


def applies(topology: Topology) -> bool:
    """Whether this mesh has limits."""
    return topology.guarded and SERVICE in topology.names


def floor(topology: Topology, edge: Edge) -> list[tuple[str, Node, bool]]:
    """The filter for everything, as name, configuration and whether a route has to switch it on."""
    if not applies(topology):
        return []
    part = _part(edge)
    return [(FLOOR, _bucket(FLOOR, part.floor if edge.production else part.development_floor), False)]


def decisions(topology: Topology, edge: Edge) -> list[tuple[str, Node, bool]]:
    """The filters for calls whose method is known, in the same form."""
    if not applies(topology):
        return []
    return [(ENTRANCE, _bucket(ENTRANCE, _part(edge).entrance), True), (SHARED, _shared(), False)]


def counted(method: Method) -> list[Node]:
    """The `rate_limits` of a method: what a call of it is counted against."""
    if _well_known(method):
        return []
    if method.access is Access.ANONYMOUS:
        return [_against(method, _address()), _against(method, _everyone())]
    return [_against(method, *_user()), _against(method, _limited(), _everyone())]


def asked_of(method: Method) -> Node:
    """The part of `typed_per_filter_config` that tells a method's route what is counted, and whether it is an entrance.

    Costs have an effect here alone: where `rate_limits` are part of a route's action, Envoy counts each call as one.
    """
    counts = typed("envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute", rate_limits=counted(method))
    return {SHARED: counts, **_entrance_only(method)}


def _entrance_only(method: Method) -> Node:
    if method.access is not Access.ANONYMOUS or _well_known(method):
        return {}
    return {ENTRANCE: typed("envoy.config.route.v3.FilterConfig", config={})}


def _well_known(method: Method) -> bool:
    """Whether it tells everyone the same about the mesh (RFC 8615), such as the keys, which Envoy asks for itself."""
    return method.access is Access.ANONYMOUS and method.rest_path.startswith("/.well-known/")


def _part(edge: Edge) -> EdgePart:
    return policy_document.read(edge.limits_file).edge


def _bucket(name: str, rate: Rate) -> Node:
    """A token bucket for each address: a whole window's calls at once, and as many again over each window.

    It is refilled evenly, in steps of a tenth of a second or of one call.
    """
    steps = max(1, min(rate.calls, rate.window_ms // 100))
    bucket = {
        "max_tokens": rate.calls,
        "tokens_per_fill": -(-rate.calls // steps),
        "fill_interval": seconds(rate.window_ms / steps / 1000),
    }
    always = {"default_value": {"numerator": 100}}
    return typed(
        "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
        stat_prefix=name.rpartition(".")[2],
        rate_limits=[{"actions": [_address()]}],
        descriptors=[{"entries": [{"key": policy.ADDRESS}], "token_bucket": bucket}],
        max_dynamic_descriptors=_ADDRESSES,
        # Each address has a bucket of its own; the one that Envoy insists on beside them is never used.
        token_bucket=bucket,
        always_consume_default_token_bucket=False,
        filter_enabled=always,
        filter_enforced=always,
        response_headers_to_add=[{"header": {"key": "retry-after", "value": str(AGAIN_SECONDS)}}],
        rate_limited_as_resource_exhausted=True,
    )


def _shared() -> Node:
    return typed(
        "envoy.extensions.filters.http.ratelimit.v3.RateLimit",
        domain=DOMAIN,
        timeout=seconds(_PATIENCE_SECONDS),
        failure_mode_deny=False,
        rate_limited_as_resource_exhausted=True,
        rate_limit_service={
            "grpc_service": {"envoy_grpc": {"cluster_name": SERVICE}, "timeout": seconds(_PATIENCE_SECONDS)},
            "transport_api_version": "V3",
        },
    )


def _against(method: Method, *actions: Node) -> Node:
    return {"actions": list(actions), "hits_addend": {"number": method.rate_cost}}


def _address() -> Node:
    return {"masked_remote_address": _MASKS}


def _everyone() -> Node:
    return {"generic_key": {"descriptor_key": policy.EVERYONE, "descriptor_value": "all"}}


def _user() -> list[Node]:
    """What a token that lacks one of the three says instead leaves no way around the limit."""
    return [
        _limited(),
        _claim(policy.TENANT, "tenant", _UNNAMED),
        _claim(policy.USER, "sub", _UNNAMED),
        _claim(policy.TIER, "tier", policy.STRICTEST),
    ]


def _claim(entry: str, claim: str, otherwise: str = "") -> Node:
    """An entry of what the token says, or says instead. With neither it cannot be made."""
    namespace, key = _CLAIMS
    found: Node = {"descriptor_key": entry, "source": "DYNAMIC"}
    found["metadata_key"] = {"key": namespace, "path": [{"key": key}, {"key": claim}]}
    return {"metadata": found | ({"default_value": otherwise} if otherwise else {})}


def _limited() -> Node:
    """An entry that cannot be made for the tier without limits: Envoy drops a descriptor that lacks an entry, and asks
    nobody when it has none. Any other token has it, or is refused: see `tokens`."""
    return _claim(COUNTED[0], COUNTED[0])
