"""Page tokens: where the next page begins, bound to the query that they continue."""

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from services.runtime.exceptions import PageTokenInvalid

_VERSION = 1
_DIGEST_BYTES = 8
_LONGEST = 4096


def digest_query(*parts: str) -> bytes:
    """What binds a token to a query: give the method, the parent, the filter and the order."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big"))
        digest.update(raw)
    return digest.digest()[:_DIGEST_BYTES]


def encode_token(payload: list[Any], query_digest: bytes) -> str:
    """A token, safe in URLs, that carries `payload` (strings, numbers, booleans, moments, None).

    It is opaque, not secret: put nothing in it that the caller may not know, and trust nothing in it that matters.
    """
    raw = bytes([_VERSION]) + query_digest + msgspec.msgpack.encode(payload)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_token(token: str, query_digest: bytes) -> list[Any]:
    """The payload that `encode_token` was given for the same query.

    Raises:
        PageTokenInvalid: the token was made for another query, or by nobody here.
    """
    if len(token) > _LONGEST:
        raise PageTokenInvalid
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        head, body = raw[: 1 + _DIGEST_BYTES], raw[1 + _DIGEST_BYTES :]
        if head != bytes([_VERSION]) + query_digest:
            raise PageTokenInvalid
        return msgspec.msgpack.decode(body, type=list[Any])
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise PageTokenInvalid from error
