"""The rpcs of the directory, called on behalf of whom a test says, as the server calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import protovalidate

from services.identity.directory.rpc.account import AccountRpcs
from services.identity.directory.wiring import Directory as Wired
from services.runtime.audit.recording import Trail, trail
from services.runtime.auth import Principal, PrincipalKind
from services.runtime.call import Call, enter
from services.runtime.method import Shape, describe
from tests.integration.identity.directory import CATALOGUE, Directory

REQUEST_ID, TRACE_ID = "5f0c", "0af7651916cd43dd8448eb211c80319c"
"""What the log has to know every call by."""


def caller(tenant: str, subject: str, permissions: Iterable[str] = CATALOGUE) -> Principal:
    """Somebody with a token that permits so much."""
    kind = PrincipalKind.USER if subject.startswith("users/") else PrincipalKind.SERVICE_ACCOUNT
    return Principal(kind=kind, subject=subject, tenant=tenant, permissions=frozenset(permissions), tier="pro")


class Rpcs:
    """Every rpc by its name: `await rpcs(principal, request)`."""

    def __init__(self, directory: Directory) -> None:
        wired = Wired(directory.engine, directory.vault, directory.passwords, CATALOGUE, directory.clock, print)
        self.ledger = wired.ledger
        # Of each call, whether the stage of the audit log has nothing to add.
        self.left: list[bool] = []
        self._servicers = [servicer for _, servicer in wired._servicers]
        assert any(isinstance(servicer, AccountRpcs) for servicer in self._servicers)

    async def __call__(self, who: Principal, request: Any) -> Any:
        """The answer; raises what the errors stage would translate."""
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid4())
        protovalidate.validate(request)
        name = request.DESCRIPTOR.name.removesuffix("Request")
        (method,) = [getattr(s, name) for s in self._servicers if hasattr(s, name)]
        service = next(
            s.full_name for s in request.DESCRIPTOR.file.services_by_name.values() if name in s.methods_by_name
        )
        call = SimpleNamespace(
            principal=who, headers={"x-forwarded-for": "192.0.2.1, 198.51.100.9"}, caller="edge",
            request_id=REQUEST_ID, trace_id=TRACE_ID,
            method=describe(service, name, Shape.UNARY_UNARY, type(request).FromString),
        )  # fmt: skip

        async def run() -> Any:
            enter(cast("Call", call))
            trail.set(left := Trail())
            answer = await method(request, None)
            self.left.append(left.recorded)
            return answer

        return await asyncio.create_task(run(), context=copy_context())
