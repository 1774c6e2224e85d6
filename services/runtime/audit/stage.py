"""Leaves an entry for each call that the contract wants one of, unless the call has left one itself."""

from typing import Any, ClassVar

import grpc

from services.runtime.audit.entry import PLATFORM, Decision, Entry
from services.runtime.audit.recording import Trail, of_call, trail
from services.runtime.audit.writer import Writer
from services.runtime.call import Call
from services.runtime.interceptors.stage import Stage
from services.runtime.method import Audit, Method

_REFUSALS = frozenset({grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED})


class Auditing(Stage):
    """Notes refusals, calls of methods that are audited always, and changes that were not recorded with the change.

    What a use case records (`services.runtime.audit.record`) is there exactly when the change is; what this stage notes
    is written beside the call, and may be lost with the process. After authorization, which says who calls; its `end`
    runs for what authorization refuses, too.
    """

    name = "auditing"
    after: ClassVar[frozenset[str]] = frozenset({"errors", "authorization"})

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def begin(self, call: Call) -> None:
        if _wanted(call.method):
            trail.set(Trail())

    def on_request(self, call: Call, message: Any) -> None:
        left = trail.get()
        if left is not None and not left.resource:
            left.resource = str(getattr(message, "name", "") or getattr(message, "parent", ""))

    def end(self, call: Call) -> None:
        left = trail.get()
        if call.method.platform or (left is not None and left.recorded):
            return
        if call.code in _REFUSALS:
            self._writer.put(_refusal(call))
        elif call.code is grpc.StatusCode.OK and _wanted(call.method):
            self._writer.put(of_call(call, _allowed(call, "" if left is None else left.resource)))


def _wanted(method: Method) -> bool:
    """Whether a call that is allowed leaves an entry."""
    if method.platform or method.audit is Audit.NEVER:
        return False
    return method.audit is Audit.EVERY_CALL or not method.reads


def _allowed(call: Call, resource: str) -> Entry:
    return Entry(tenant=_tenant(call), action=call.method.permission, resource=resource)


def _refusal(call: Call) -> Entry:
    reason = "" if call.failure is None else call.failure.reason
    refused = Entry(tenant=_tenant(call), action=call.method.permission, decision=Decision.REFUSED, reason=reason)
    return of_call(call, refused)


def _tenant(call: Call) -> str:
    return (call.principal.tenant if call.principal is not None else "") or PLATFORM
