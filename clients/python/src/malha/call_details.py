"""What gRPC tells an interceptor of a blocking call, with more metadata: its own type cannot be made."""

from __future__ import annotations

from typing import Any, NamedTuple

import grpc


class CallDetails(NamedTuple):
    """The details of a call, as gRPC's interceptors hand them on."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: Any


def with_metadata(details: Any, *pairs: tuple[str, str | bytes]) -> CallDetails:
    """The same details with more metadata."""
    return CallDetails(
        details.method,
        details.timeout,
        (*(details.metadata or ()), *pairs),
        details.credentials,
        details.wait_for_ready,
        details.compression,
    )
