"""What the header fields of a request say (RFC 9113, 8; gRPC over HTTP/2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.limits.wire.frames import Code, StreamFault
from services.limits.wire.headers import Field

_PSEUDO: Final = frozenset({":method", ":scheme", ":authority", ":path"})
# What speaks of the connection has no place in HTTP/2.
_FORBIDDEN: Final = frozenset({"", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"})
_USED: Final = frozenset({"content-type", "te", "x-request-id"})
WANTED: Final = _PSEUDO | _USED
"""The fields whose values are needed."""

LARGEST_BYTES: Final = 16_384
"""What the fields of a request may hold together, as HTTP/2 counts it: each has 32 bytes beside its name and value."""
_CONTENT_TYPES: Final = frozenset({"application/grpc", "application/grpc+proto"})


class Head(NamedTuple):
    """A request before its body."""

    path: str
    request_id: str
    """What the caller calls it; empty where it says nothing."""
    status: int
    """200, or the status of HTTP for what is no call of gRPC."""


def read_head(fields: Sequence[Field], size: int) -> Head:
    """The head that the fields of a request make, which have `size` bytes as HTTP/2 counts them.

    Raises:
        StreamFault: they break a rule of HTTP/2.
    """
    found: dict[str, str] = {}
    regular = False
    for name, value in fields:
        if name[:1] == ":":
            if regular or name in found or name not in _PSEUDO:
                raise _malformed("pseudo-header fields that are unknown, twice there, or late")
            found[name] = value or ""
        else:
            regular = True
            if name in _USED:
                found[name] = value or ""
            elif name in _FORBIDDEN:
                raise _malformed("a header field that has no place in HTTP/2")
    method, path = found.get(":method"), found.get(":path")
    if not (method and path and found.get(":scheme")):
        raise _malformed("a pseudo-header field is missing")
    if found.get("te", "trailers") != "trailers":
        raise _malformed("te without trailers")
    return Head(path, found.get("x-request-id", ""), _status(method, found.get("content-type", ""), size))


def check_trailers(fields: Sequence[Field]) -> None:
    """What stands behind a request's body means nothing to us; it keeps to the rules all the same.

    Raises:
        StreamFault: it does not.
    """
    if any(name[:1] == ":" or name in _FORBIDDEN for name, _ in fields):
        raise _malformed("trailers with a field that has no place there")


def _status(method: str, content_type: str, size: int) -> int:
    if size > LARGEST_BYTES:
        return 431
    if method != "POST":
        return 405
    return 200 if content_type.partition(";")[0].rstrip().lower() in _CONTENT_TYPES else 415


def _malformed(problem: str) -> StreamFault:
    return StreamFault(Code.PROTOCOL_ERROR, problem)
