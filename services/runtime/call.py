"""What the code under an rpc may know of the call it serves."""

import asyncio
import os
import re
import time
from contextvars import ContextVar
from copy import copy
from typing import TYPE_CHECKING, Any

import grpc

from services.runtime.errors import Failure
from services.runtime.method import Method

if TYPE_CHECKING:  # it needs `current` from here
    from services.runtime.auth.principal import Principal

# Taken off the caller's deadline for sub-calls, so that their timeout can still be reported to the caller ...
SUB_CALL_MARGIN = 0.020
# ... and for the handler as a whole, so that the caller hears DEADLINE_EXCEEDED from us and not from its own clock.
REPORT_MARGIN = 0.005

Metadata = tuple[tuple[str, str | bytes], ...]

REQUEST_ID_KEY = "x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Call:
    """One rpc in flight. The stages of the chain fill it in; handlers and adapters read it through `current()`."""

    __slots__ = (
        "admitted",
        "caller",
        "cancelled",
        "code",
        "context",
        "deadline",
        "error",
        "failure",
        "headers",
        "interruption",
        "metadata",
        "method",
        "missing",
        "principal",
        "received",
        "request_id",
        "sent",
        "settled",
        "span",
        "span_id",
        "started",
        "task",
        "trace_id",
    )

    def __init__(self, method: Method, context: Any) -> None:
        self.method = method
        self.context = context
        loop, metadata = _arrived.get()
        self.metadata: Metadata = metadata or context.invocation_metadata() or ()
        # By name; of several with one name, the last. Shorter than `metadata` when there are such.
        self.headers: dict[str, str | bytes] = dict(self.metadata)
        self.request_id = _request_id(self.headers.get(REQUEST_ID_KEY))
        # The workload that calls, as the mesh vouches for it; empty where the server runs outside of a mesh.
        self.caller = ""
        # On whose behalf; None until the call is authorised, and for good at methods of the platform.
        self.principal: Principal | None = None
        self.started = time.perf_counter()
        self.deadline: float | None = None
        self.task = asyncio.current_task(loop)
        self.interruption: Exception | None = None
        self.settled = False
        self.admitted = False
        self.cancelled = False
        # What the answer lacks, since something did not answer; see `lacks`.
        self.missing: tuple[str, ...] = ()
        self.received = 0
        self.sent = 0
        self.code = grpc.StatusCode.OK
        self.error: BaseException | None = None
        self.failure: Failure | None = None
        self.trace_id = ""
        self.span_id = ""
        self.span: Any = None

    def remaining(self) -> float | None:
        """Seconds that a sub-call may take, never below zero; None when the method has no time limit."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def detached(self) -> "Call":
        """This call as its work sees it that is done for others as well: it has the method's whole time."""
        work = copy(self)
        work.task = None
        timeout = self.method.timeout
        work.deadline = None if timeout is None else time.monotonic() + timeout - SUB_CALL_MARGIN
        return work

    def lacks(self, what: str) -> None:
        """Says that the answer of this call lacks something, by a short name such as `storage`.

        The caller finds it in the trailer `x-malha-degraded`, and where the answer is a single message in a header of
        that name as well, which REST callers see. Such an answer is not kept in a cache.
        """
        if what not in self.missing:
            self.missing += (what,)

    def interrupt(self, reason: Exception) -> None:
        """Stops the handler; the caller hears `reason`. A call that already has its outcome is left alone."""
        if not self.settled and self.interruption is None and self.task is not None:
            self.interruption = reason
            self.task.cancel()

    def settle(self) -> None:
        """Declares the outcome known: nothing interrupts the call from here on."""
        self.settled = True
        # The task holds this call in its context: a circle, which would keep all that gRPC has of the call until the
        # next garbage collection, and costs every call a third of its time.
        self.task = None


_current: ContextVar[Call] = ContextVar("malha_call")
_Arrival = tuple[asyncio.AbstractEventLoop | None, Metadata]
_arrived: ContextVar[_Arrival] = ContextVar("malha_arrival", default=(None, ()))


def arrive(arrival: _Arrival) -> None:
    """Keeps the loop and the metadata of the rpc whose handler this task looks up, for the `Call` that follows.

    grpc.aio converts all metadata of an rpc for the look-up and, when a handler asks for it, once more. Python asks the
    system which process this is whenever it is asked which loop runs (until 3.12).
    """
    _arrived.set(arrival)


def current() -> Call:
    """The call that this code serves.

    Raises:
        LookupError: outside of an rpc.
    """
    return _current.get()


def current_or_none() -> Call | None:
    """The call that this code serves, or None outside of an rpc."""
    return _current.get(None)


def enter(call: Call) -> None:
    """Makes `call` the current one of this task. grpc.aio gives each rpc a task, so nothing needs to be undone."""
    _current.set(call)


def _request_id(given: str | bytes | None) -> str:
    return given if isinstance(given, str) and _REQUEST_ID.fullmatch(given) else _new_uuid()


def _new_uuid() -> str:
    """A random UUID (version 4) as text, at a third of the cost of `uuid.uuid4`."""
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
