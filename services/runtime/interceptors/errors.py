"""Says what the caller hears of a failure."""

import asyncio
from typing import ClassVar

import grpc

from services.runtime.call import Call
from services.runtime.errors import ErrorMap
from services.runtime.interceptors.stage import Stage


class Errors(Stage):
    """Translates exceptions by the service's error map.

    Metrics, tracing and logging stand before it, since they record the outcome that it decides.
    """

    name = "errors"
    after: ClassVar[frozenset[str]] = frozenset({"metrics", "tracing", "logging"})

    def __init__(self, errors: ErrorMap) -> None:
        self._errors = errors

    def on_error(self, call: Call, error: BaseException) -> None:
        call.error = error
        if isinstance(error, asyncio.CancelledError):
            call.cancelled = True
            call.code = grpc.StatusCode.CANCELLED
            return
        call.failure = self._errors.to_failure(error)
        call.code = call.failure.code
