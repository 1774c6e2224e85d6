"""How areas are said behind `in`: with the article that their names have, `in the United States`, `na Irlanda`."""

from __future__ import annotations

from typing import Final

from services.pricing.domain import geography

_THE: Final = frozenset(("eu", "middle-east", "netherlands", "uae", "uk", "usa"))
"""English: with `the`, where the name does not have it already."""
_NO: Final = frozenset(("bahrain", "brazil", "canada", "chile", "japan", "mexico", "middle-east", "qatar", "uk"))
_NOS: Final = frozenset(("netherlands", "nordics", "uae", "usa"))
_NAS: Final = frozenset(("americas",))
_EM: Final = frozenset(("hong-kong", "israel", "singapore", "taiwan"))
"""Portuguese: masculine, plural, and without an article; all others are feminine."""


def within(code: str, *, portuguese: bool) -> str:
    """`in Ireland`, `na Irlanda`: the area by its name; by its code where the geography does not know it."""
    area = geography.AREAS.get(code)
    if area is None:
        return f"{'em' if portuguese else 'in'} {code}"
    if not portuguese:
        return f"in the {area.name}" if code in _THE else f"in {area.name}"
    articles = (("no", _NO), ("nos", _NOS), ("nas", _NAS), ("em", _EM))
    return f"{next((said for said, of in articles if code in of), 'na')} {area.name_pt}"
