"""The Python client of Malha: `connect` (blocking) and `connect_async` (asyncio), typed errors, generated stubs.

Nothing is imported before it is used: `import malha` costs next to nothing, and the generated stubs
(`malha.analysis.v1`, ...) can be used without the hand-written layer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from malha.aio.client import AsyncClient
    from malha.aio.client import connect as connect_async
    from malha.client import Client, connect
    from malha.errors import (
        Aborted,
        AlreadyExists,
        Cancelled,
        DeadlineExceeded,
        FailedPrecondition,
        Internal,
        InvalidArgument,
        MalhaError,
        NotFound,
        PermissionDenied,
        ResourceExhausted,
        Unauthenticated,
        Unavailable,
        Unimplemented,
        Violation,
    )

__all__ = [
    "Aborted",
    "AlreadyExists",
    "AsyncClient",
    "Cancelled",
    "Client",
    "DeadlineExceeded",
    "FailedPrecondition",
    "Internal",
    "InvalidArgument",
    "MalhaError",
    "NotFound",
    "PermissionDenied",
    "ResourceExhausted",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Violation",
    "connect",
    "connect_async",
]

_HOMES = {
    "AsyncClient": ("malha.aio.client", "AsyncClient"),
    "Client": ("malha.client", "Client"),
    "connect": ("malha.client", "connect"),
    "connect_async": ("malha.aio.client", "connect"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES.get(name, ("malha.errors", name))
    value: object = getattr(import_module(module), attribute)
    globals()[name] = value
    return value
