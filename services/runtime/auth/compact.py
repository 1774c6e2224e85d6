"""Reads the three parts of a signed token as strictly as RFC 7515 allows, so that no two readers see two tokens."""

import base64
import binascii
import json
from typing import Any, NamedTuple, NoReturn

from services.runtime.exceptions import TokenInvalid

LONGEST = 6144
"""Characters of a token, at most: what gRPC's 8 KiB of metadata leave to it."""
_DEEPEST = 32
"""Levels of objects and lists: more than any token of ours has. Envoy refuses a hundred; how many Python refuses
depends on its version."""


class Compact(NamedTuple):
    """A token that reads well; nothing of it is verified."""

    header: dict[str, Any]
    claims: dict[str, Any]


def parse(token: str) -> Compact:
    """The header and the claims of a token in compact form.

    Raises:
        TokenInvalid: it is too long, has not three parts, or one of them is not canonical base64url, not JSON in UTF-8,
            no object, says something twice, or is nested deeply.
    """
    if len(token) > LONGEST:
        raise TokenInvalid("too_long")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenInvalid("not_three_parts")
    header, claims, _ = (decode(part) for part in parts)
    return Compact(_object(header), _object(claims))


def decode(text: str) -> bytes:
    """The bytes that `text` stands for in base64url without padding, in the one way to write them.

    Raises:
        TokenInvalid: it is written in another way.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenInvalid("not_base64url") from None
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:  # bits beyond the last byte, say
        raise TokenInvalid("not_canonical")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise TokenInvalid("not_json") from None
    if not isinstance(found, dict):
        raise TokenInvalid("not_an_object")
    _check_depth(found)
    return found


def _check_depth(found: dict[str, Any]) -> None:
    level: list[Any] = [found]
    for _ in range(_DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [value for values in inner for value in values]
        if not level:
            return
    raise TokenInvalid("nested_too_deeply")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TokenInvalid("said_twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
