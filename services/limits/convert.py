"""Envoy's questions as descriptors of the domain, and decisions as Envoy's answers."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from google.rpc import code_pb2, error_details_pb2, status_pb2
from malha.error.v1.reason_pb2 import Reason
from malha.limits.v1.decision_pb2 import DecideRequest, DecideResponse

from services.limits.domain.decision import Decision, Standing
from services.limits.domain.policy import GLOBAL, Claim, Limit
from services.runtime.errors import DOMAIN, reason_name

_UNITS: Final = {
    1_000: DecideResponse.Limit.UNIT_SECOND,
    60_000: DecideResponse.Limit.UNIT_MINUTE,
    3_600_000: DecideResponse.Limit.UNIT_HOUR,
}
_OK, _OVER = DecideResponse.CODE_OK, DecideResponse.CODE_OVER_LIMIT
_RATE_LIMITED: Final = reason_name(Reason.REASON_RATE_LIMITED)

# The headers of draft-ietf-httpapi-ratelimit-headers, and of RFC 9110.
_POLICY_KEY, _STANDING_KEY, _RETRY_KEY = "ratelimit-policy", "ratelimit", "retry-after"
_DETAILS_KEY = "grpc-status-details-bin"


def descriptors(request: DecideRequest) -> list[tuple[Mapping[str, str], int]]:
    """The parts and the cost of each descriptor. A cost of zero, which nobody means, is one."""
    return [
        (
            {entry.key: entry.value for entry in descriptor.entries},
            (descriptor.hits_addend.value if descriptor.HasField("hits_addend") else request.hits_addend) or 1,
        )
        for descriptor in request.descriptors
    ]


def answer(count: int, positions: Sequence[int], decision: Decision) -> bytes:
    """The answer, as bytes, to a request with `count` descriptors, those at `positions` with a claim."""
    refusals = decision.refusals
    response = DecideResponse(overall_code=_OVER if refusals else _OK)
    statuses = [response.statuses.add(code=_OK) for _ in range(count)]
    for position, claim, standing in zip(positions, decision.claims, decision.standings, strict=True):
        _fill(statuses[position], claim.limit, standing)
    for key, value in _headers(decision, refusals):
        response.response_headers_to_add.add(key=key, value=value)
    if refusals:
        _explain(response, refusals)
    return response.SerializeToString()


def _fill(status: DecideResponse.DescriptorStatus, limit: Limit, standing: Standing) -> None:
    if not (standing.fits or limit.shadow):
        status.code = _OVER
    status.current_limit.name = limit.name
    status.current_limit.requests_per_unit = limit.calls
    status.current_limit.unit = _UNITS.get(limit.window_ms, DecideResponse.Limit.UNIT_UNSPECIFIED)
    status.limit_remaining = standing.remaining
    status.duration_until_reset.FromMilliseconds(standing.after_ms)


def _headers(decision: Decision, refusals: Sequence[tuple[Claim, Standing]]) -> list[tuple[str, str]]:
    """How the caller's own limit stands, or what refused him: how busy everybody is, is nobody's business."""
    own = zip(decision.claims, decision.standings, strict=True)
    told = refusals or [(c, s) for c, s in own if c.limit.name != GLOBAL and not c.limit.shadow]
    if not told:
        return []
    policies = ", ".join(f'"{c.limit.name}";q={c.limit.calls};w={c.limit.window_ms // 1000}' for c, _ in told)
    standings = ", ".join(f'"{c.limit.name}";r={s.remaining};t={_seconds(s)}' for c, s in told)
    return [(_POLICY_KEY, policies), (_STANDING_KEY, standings)]


def _explain(response: DecideResponse, refusals: Sequence[tuple[Claim, Standing]]) -> None:
    """Says why, for gRPC in a status with details and for REST in metadata that the edge's JSON is made of."""
    claim, standing = max(refusals, key=lambda refusal: refusal[1].after_ms)
    after = _seconds(standing)
    message = f"the limit {claim.limit.name} of {_words(claim.limit)} is reached; call again in {after} s"
    violations = [(c.who, f"more than {_words(c.limit)}") for c, _ in refusals]
    response.raw_body = message.encode()
    metadata = response.dynamic_metadata
    metadata["limit"] = claim.limit.name
    metadata["retry_delay"] = f"{after}s"
    metadata["violations"] = [{"subject": who, "description": text} for who, text in violations]

    info = error_details_pb2.ErrorInfo(reason=_RATE_LIMITED, domain=DOMAIN, metadata={"limit": claim.limit.name})
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromSeconds(after)
    quota = error_details_pb2.QuotaFailure()
    for who, text in violations:
        quota.violations.add(subject=who, description=text)
    status = status_pb2.Status(code=code_pb2.RESOURCE_EXHAUSTED, message=message)
    for detail in (info, retry, quota):
        status.details.add().Pack(detail)
    packed = base64.b64encode(status.SerializeToString()).decode().rstrip("=")
    response.response_headers_to_add.add(key=_RETRY_KEY, value=str(after))
    response.response_headers_to_add.add(key=_DETAILS_KEY, value=packed)


def _seconds(standing: Standing) -> int:
    """Whole seconds, never too few."""
    return -(-standing.after_ms // 1000)


def _words(limit: Limit) -> str:
    unit = {1_000: "second", 60_000: "minute", 3_600_000: "hour"}[limit.window_ms]
    return f"{limit.calls} {'call' if limit.calls == 1 else 'calls'} in any {unit}"
