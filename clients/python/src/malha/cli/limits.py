"""What to tell a person who has called too often."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from malha.errors import MalhaError, ResourceExhausted

_TIERS = ("free", "pro", "enterprise")


class ProjectLimited(ResourceExhausted):
    """A limit has no room for a project, which counts as many calls."""


def after_limit(error: MalhaError) -> str:
    """What to do about a RATE_LIMITED; its metadata names the limit: a tier, a tenant's own, or something else's."""
    if error.retry_after is None:
        what_to_do = "try again later"
    else:
        what_to_do = f"try again at {datetime.now() + error.retry_after:%H:%M:%S}"
    if error.metadata.get("limit", "").rpartition("/")[2] in _TIERS:
        what_to_do += ", or ask whoever runs the mesh for another tier (`malha tenants change`)"
    return what_to_do + (_costs() if isinstance(error, ProjectLimited) else "")


@contextmanager
def costs_told() -> Iterator[None]:
    """The body sends a project, whose cost is told with the limit: nobody would guess it from the calls they made."""
    try:
        yield
    except ResourceExhausted as error:
        if error.reason != "RATE_LIMITED":
            raise
        raise ProjectLimited(
            error.code, error.message, reason=error.reason, metadata=error.metadata, retry_after=error.retry_after,
            request_id=error.request_id,
        ) from error  # fmt: skip


def _costs() -> str:
    from malha.analysis.v1 import analysis_service_pb2 as pb
    from malha.service_config import policies

    costs = policies(pb.DESCRIPTOR.services_by_name["AnalysisService"])
    project, single = costs["AnalyzeProject"].rate_cost, costs["AnalyzeSource"].rate_cost
    return (
        f".\nSeveral files at once count as {project} calls, or as the whole of a smaller limit; a file alone counts as"
        f" {single}"
    )
