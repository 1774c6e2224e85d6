"""How a token writes permissions: by their names, or, where a role is a rule and not a list, by what they begin with.

A token is carried, kept and compared at every call, and the names of everything that an administrator may do would be
most of it. `*` stands for all permissions, `<area>.*` and `<area>.<resource>.*` for those that begin so.
"""

import re
from collections.abc import Collection, Iterable
from typing import Final

EVERYTHING: Final = "*"

_WILDCARD = re.compile(r"\*|[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)?\.\*")


def is_wildcard(text: str) -> bool:
    """Whether a text is one."""
    return _WILDCARD.fullmatch(text) is not None


def covering(permission: str) -> tuple[str, str, str]:
    """The wildcards that stand for a permission, among others."""
    area, resource, _ = permission.split(".")
    return f"{area}.{resource}.*", f"{area}.*", EVERYTHING


def expanded(written: Iterable[str], catalogue: Collection[str]) -> frozenset[str]:
    """The names that a token means where `catalogue` is all there is."""
    texts = frozenset(written)
    wildcards = frozenset(filter(is_wildcard, texts))
    return (texts - wildcards).union(name for name in catalogue if not wildcards.isdisjoint(covering(name)))


def shortened(permissions: Iterable[str], wildcards: Collection[str]) -> list[str]:
    """Permissions with `wildcards`, of which nothing may be missing, in the place of what they stand for; sorted."""
    names = {name for name in permissions if not any(wildcard in wildcards for wildcard in covering(name))}
    return sorted(names.union(wildcards))
