"""What the command tells a person whom a limit stops."""

from __future__ import annotations

import re
from datetime import timedelta

import grpc
import pytest
from malha.cli.connection import advice
from malha.cli.limits import costs_told
from malha.errors import MalhaError, ResourceExhausted

ADDRESS = "mesh.example:443"


def limited(limit: str, after: float | None = 42) -> ResourceExhausted:
    message = f"the limit {limit} of 10 calls in any minute is reached; call again in 42 s"
    retry_after = timedelta(seconds=after) if after is not None else None
    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    return ResourceExhausted(
        code, message, reason="RATE_LIMITED", metadata={"limit": limit}, retry_after=retry_after, request_id="7f"
    )


@pytest.mark.parametrize("limit", ["free", "acme/pro"])
def test_whom_a_tier_stops_is_told_when_to_try_again_and_who_gives_another(limit: str) -> None:
    told = advice(limited(limit), ADDRESS)
    assert re.search(r"call again in 42 s \[RATE_LIMITED\]: try again at \d\d:\d\d:\d\d, or ask .*tier", told)
    assert told.endswith("\n(request 7f)")


@pytest.mark.parametrize("limit", ["address", "anonymous", "global"])
def test_whom_another_limit_stops_is_told_when_to_try_again(limit: str) -> None:
    assert "tier" not in advice(limited(limit), ADDRESS)
    assert "try again later" in advice(limited(limit, None), ADDRESS)


def test_who_sends_a_project_is_told_what_it_costs() -> None:
    with pytest.raises(MalhaError) as caught, costs_told():
        raise limited("free")
    told = advice(caught.value, ADDRESS)
    assert (
        "Several files at once count as 5 calls, or as the whole of a smaller limit; a file alone counts as 1" in told
    )
    with pytest.raises(MalhaError) as caught, costs_told():
        raise ResourceExhausted(grpc.StatusCode.RESOURCE_EXHAUSTED, "full", reason="OVERLOADED")
    assert "count as" not in advice(caught.value, ADDRESS)
