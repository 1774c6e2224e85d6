"""Scopes: what a token is cut down to. A scope is a set of permissions, or None for everything that its subject may."""

from __future__ import annotations

import re

from services.identity.oauth.domain.errors import InvalidScope

Scope = frozenset[str] | None

ALL = "all"
"""How a scope that cuts nothing off is written."""

INHERENT = frozenset({"identity.self.read"})
"""What every token permits, whatever its subject's roles and its scope: to learn what it is."""

_LARGEST = 8192
# RFC 6749, 3.3.
_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")


def parse(text: str) -> Scope:
    """The scope that a client asks for; an empty text asks for everything.

    Raises:
        InvalidScope: the text is too long, or holds what no scope is made of.
    """
    if len(text) > _LARGEST:
        raise InvalidScope("the scope is too long")
    names = frozenset(name for name in text.split(" ") if name)
    if not all(_TOKEN.fullmatch(name) for name in names):
        raise InvalidScope("the scope holds characters that no scope has")
    return None if not names or ALL in names else names


def both(one: Scope, other: Scope) -> Scope:
    """What both scopes let through."""
    if one is None:
        return other
    return one if other is None else one & other


def cut(permissions: frozenset[str], scope: Scope) -> frozenset[str]:
    """What of `permissions` a scope lets through, with what every token permits.

    Raises:
        InvalidScope: nothing of what was asked for can be granted.
    """
    if scope is None:
        return permissions | INHERENT
    left = (permissions | INHERENT) & scope
    if not left:
        raise InvalidScope("nothing of this scope can be granted")
    return left | INHERENT


def text_of(permissions: frozenset[str], scope: Scope) -> str:
    """How RFC 6749 writes what `scope` leaves of `permissions`."""
    return ALL if scope is None else " ".join(sorted((permissions | INHERENT) & scope))
