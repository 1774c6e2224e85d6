"""Server streams that are taken up again where they were cut off.

Until its first message a stream is repeated by the mesh and by gRPC like any other call. Afterwards only the client
knows what it has: when the replica that answers is lost, it calls again and drops what came before. The contract says
which methods answer a repetition with the same messages (`resumable` in their policy).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor

from malha.errors import from_rpc
from malha.service_config import policy_of

_Message = TypeVar("_Message")

ATTEMPTS = 5
"""Calls for one stream, at most, as gRPC itself makes for one call."""

# How a connection that breaks in the middle of an answer looks: the stream is reset, or nobody is there any more.
_CUT_OFF = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE})


class Progress:
    """How far one stream has come, over all its calls."""

    def __init__(self, method: MethodDescriptor, timeout: float | None) -> None:
        """Raises ValueError when the contract does not call the method resumable."""
        policy = policy_of(method)
        if not policy.resumable:
            raise ValueError(f"the contract does not say that {method.full_name} can be taken up where it was cut off")
        self.received = 0
        self.calls = 1
        self._ends = time.monotonic() + min(timeout or policy.timeout, policy.timeout)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline that all calls share."""
        return max(0.001, self._ends - time.monotonic())

    def goes_on_after(self, error: grpc.RpcError) -> bool:
        """Whether to call once more: the stream had begun, was cut off on its way, and no server says why."""
        cut_off = error.code() in _CUT_OFF and not from_rpc(error).reason
        again = cut_off and self.received > 0 and self.calls < ATTEMPTS
        self.calls += again
        return again


def resumed(
    call: Callable[..., Iterator[_Message]], method: MethodDescriptor, request: Any, *, timeout: float | None = None
) -> Iterator[_Message]:
    """The messages that `call`, a stub's method described by `method`, answers `request` with, each of them once.

    Args:
        timeout: seconds for the whole stream; None means the contract's own, which is never exceeded.

    Raises:
        ValueError: the contract does not call the method resumable.
        grpc.RpcError: the call failed, or was cut off again and again.
    """
    progress = Progress(method, timeout)
    while True:
        known = progress.received
        try:
            for number, message in enumerate(call(request, timeout=progress.remaining)):
                if number >= known:
                    progress.received += 1
                    yield message
            return
        except grpc.RpcError as error:
            if not progress.goes_on_after(error):
                raise
