"""What stands before and behind the methods of a server: who may call, how much, and what is told of it."""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Iterable
from typing import Final

import grpc
import structlog

from services.limits.wire.call import Call, Route
from services.limits.wire.peer import Peer
from services.limits.wire.replies import Fields, percent_encoded
from services.runtime.errors import ErrorMap, Failure
from services.runtime.exceptions import (
    DomainError,
    MalformedRequest,
    MessageTooLarge,
    MethodNotFound,
    Overloaded,
    Refusal,
)
from services.runtime.identity.refusals import Refusals
from services.runtime.interceptors.metrics import Metrics
from services.runtime.method import Method, Shape

LARGEST_MESSAGE: Final = 16_384
"""What a question may hold, in bytes: some hundred times what Envoy asks."""
PREFIX_BYTES: Final = 5
_NOBODY: Final = Method(
    path="/unknown", service="unknown", name="unknown", shape=Shape.UNARY_UNARY, parse=bytes, timeout=5.0,
    platform=True,
)  # fmt: skip
# UNAVAILABLE is tried again where a call begins and nowhere else; see services/runtime/executor.py.
_FIRST_CALLERS: Final = frozenset({"", "edge"})
_NOT_AGAIN: Final = (("grpc-retry-pushback-ms", "-1"), ("x-envoy-ratelimited", "true"))
# An id with other characters is none of ours, and could break the rules of a header.
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class MessageCompressed(DomainError):
    """A message came compressed, which nobody was told to do."""


class Gate:
    """The methods of a server, for all its connections."""

    def __init__(
        self,
        routes: Iterable[Route],
        errors: ErrorMap,
        metrics: Metrics,
        refusals: Refusals,
        running: int,
        told: tuple[type[Exception], ...] = (),
    ) -> None:
        """`running` is how many calls of bounded methods may run at once; `told` are failures that somebody else logs,
        once for all the calls that they hit."""
        self._routes = {route.method.path: route for route in routes}
        self._errors = errors
        self._metrics = metrics
        self._refusals = refusals
        self._most = running
        self._running = 0
        self._told = told
        self._log = structlog.get_logger("rpc").bind()

    def admit(self, call: Call, path: str, peer: Peer) -> None:
        """Finds the method of a call whose head has arrived.

        Raises:
            MethodNotFound: there is none.
            Refusal: whoever holds the connection may not call it.
        """
        self._metrics.begun()
        route = self._routes.get(path)
        if route is None:
            raise MethodNotFound
        call.route = route
        try:
            peer.check(route.method.peers)
        except Refusal as refusal:
            self._refusals.count_call(refusal)
            raise

    def serve(self, call: Call) -> None:
        """Serves a call whose request is complete. Never raises."""
        route, body = call.route, call.body
        assert route is not None
        try:
            if len(body) < PREFIX_BYTES or len(body) - PREFIX_BYTES != int.from_bytes(body[1:PREFIX_BYTES], "big"):
                raise MalformedRequest
            if body[0]:
                raise MessageCompressed if body[0] == 1 else MalformedRequest
            if route.bounded:
                if self._running >= self._most:
                    raise Overloaded(self._most)
                self._running += 1
                call.running = True
            route.serve(call, body[PREFIX_BYTES:])
        except Exception as error:
            call.fail(error)

    def ended(self, call: Call, peer: Peer, code: grpc.StatusCode = grpc.StatusCode.OK) -> None:
        """A call that was admitted, or refused by `admit`, is over."""
        if call.running:
            call.running = False
            self._running -= 1
        method = _NOBODY if call.route is None else call.route.method
        self._metrics.ended(method, peer.workload, code, time.perf_counter() - call.began)

    def failed(self, call: Call, peer: Peer, error: Exception) -> Fields:
        """Ends a call that failed; what its caller is told, as trailers."""
        failure = self._errors.to_failure(error)
        self.ended(call, peer, failure.code)
        request_id = call.request_id if _REQUEST_ID.fullmatch(call.request_id) else str(uuid.uuid4())
        if not isinstance(error, self._told):
            self._tell(call, peer, error, failure, request_id)
        packed = base64.b64encode(failure.to_status(request_id).SerializeToString()).decode().rstrip("=")
        again = failure.code is grpc.StatusCode.UNAVAILABLE and peer.workload not in _FIRST_CALLERS
        return (
            ("grpc-status", str(failure.code.value[0])),
            ("grpc-message", percent_encoded(failure.message)),
            ("x-request-id", request_id),
            *(_NOT_AGAIN if again else ()),
            ("grpc-status-details-bin", packed),
        )

    def _tell(self, call: Call, peer: Peer, error: Exception, failure: Failure, request_id: str) -> None:
        code = failure.code
        fields = {
            "method": (call.route.method if call.route else _NOBODY).path,
            "caller": peer.workload,
            "code": code.name,
            "seconds": round(time.perf_counter() - call.began, 6),
            "reason": failure.reason,
            "error": type(error).__name__,
            "request_id": request_id,
        }
        if code is grpc.StatusCode.INTERNAL:
            self._log.error("call failed by a fault of ours", exc_info=error, **fields)
        elif code is grpc.StatusCode.UNAVAILABLE:
            self._log.warning("call failed", detail=str(error), **fields)
        elif code is grpc.StatusCode.PERMISSION_DENIED:
            self._log.warning("call refused", detail=str(error), **fields)
        else:
            self._log.info("call refused", **fields)


def too_large(body: bytes) -> MessageTooLarge | None:
    """What is wrong with the size of a message of which this much has arrived, its prefix before it."""
    if len(body) < PREFIX_BYTES:
        return None
    size = max(int.from_bytes(body[1:PREFIX_BYTES], "big"), len(body) - PREFIX_BYTES)
    return MessageTooLarge(size, LARGEST_MESSAGE) if size > LARGEST_MESSAGE else None
