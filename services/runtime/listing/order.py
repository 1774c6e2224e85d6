"""Reads `order_by`."""

from collections.abc import Collection
from typing import NamedTuple

from services.runtime.exceptions import OrderByInvalid

_LONGEST = 512


class OrderTerm(NamedTuple):
    """One field to order by."""

    field: str
    descending: bool = False


def parse_order_by(text: str, allowed: Collection[str]) -> tuple[OrderTerm, ...]:
    """The terms of `field [asc|desc], ...`; empty text has none.

    Raises:
        OrderByInvalid: the text does not parse, or names a field twice or one not in `allowed`.
    """
    if len(text) > _LONGEST:
        raise OrderByInvalid(f"order_by has at most {_LONGEST} characters")
    if not text.strip():
        return ()
    terms = tuple(_term(part, allowed) for part in text.split(","))
    if len({term.field for term in terms}) != len(terms):
        raise OrderByInvalid("a field appears twice")
    return terms


def _term(part: str, allowed: Collection[str]) -> OrderTerm:
    words = part.split()
    if not words or len(words) > 2:
        raise OrderByInvalid("expected: field [asc|desc], ...")
    field, direction = words[0], words[1] if len(words) == 2 else "asc"
    if field not in allowed:
        raise OrderByInvalid(f"cannot order by {field!r}; can by: {', '.join(sorted(allowed))}")
    if direction not in ("asc", "desc"):
        raise OrderByInvalid(f"expected asc or desc after {field}")
    return OrderTerm(field, direction == "desc")
