"""One record for every call."""

import time
from typing import ClassVar

import grpc
import structlog

from services.runtime.call import Call
from services.runtime.interceptors.stage import Stage
from services.runtime.logging import call_log


class Logging(Stage):
    """Records how each call ended: our faults as errors with their traceback, everything else as information.

    After metrics and tracing: it needs the trace's ids. The private text of an exception appears here and nowhere else.
    Calls that succeed take the short way of `CallLog`; all others are written at once (docs/adr/0008).
    """

    name = "logging"
    after: ClassVar[frozenset[str]] = frozenset({"metrics"})

    def __init__(self) -> None:
        self._log = structlog.get_logger("rpc").bind()  # bound once: the lazy proxy costs 3 us a line
        self._calls = call_log()

    def end(self, call: Call) -> None:
        succeeded = call.code is grpc.StatusCode.OK
        if succeeded and call.method.quiet:
            return
        seconds = time.perf_counter() - call.started
        if succeeded and self._calls is not None:
            self._calls.succeeded(call, seconds)
            return
        seconds = round(seconds, 6)
        if call.failure is None:
            self._log.info("call", method=call.method.path, caller=call.caller, code=call.code.name, seconds=seconds)
            return
        fields = {
            "method": call.method.path,
            "caller": call.caller,
            "code": call.code.name,
            "seconds": seconds,
            "reason": call.failure.reason,
            "error": type(call.error).__name__,
        }
        if call.code is grpc.StatusCode.INTERNAL:
            self._log.error("call failed by a fault of ours", exc_info=call.error, **fields)
        elif call.code is grpc.StatusCode.UNAVAILABLE:
            self._log.warning("call failed", detail=str(call.error), **fields)
        elif call.code is grpc.StatusCode.PERMISSION_DENIED:
            self._log.warning("call refused", detail=str(call.error), **fields)
        else:
            self._log.info("call refused", **fields)
