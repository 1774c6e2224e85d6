"""List rules, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from services.analysis.domain.rules.document import RuleDoc
from services.runtime.listing import Expression, OrderTerm, matches


@dataclass(frozen=True, slots=True)
class ListRules:
    """Finds a page of rules; they are few, so that all of them are looked at."""

    rules: Sequence[RuleDoc]

    def __call__(
        self, wanted: Expression, order: Sequence[OrderTerm], limit: int, after: str | None
    ) -> tuple[list[RuleDoc], bool]:
        """At most `limit` rules behind the one with the id `after`, and whether more follow.

        Raises KeyError when no rule that is asked for has the id `after`.
        """
        found = [rule for rule in self.rules if matches(wanted, lambda field, rule=rule: _value(rule, field))]  # type: ignore[misc]
        found.sort(key=lambda rule: rule.id)
        for term in reversed(order):  # stable: the first term decides, the id settles ties
            found.sort(key=lambda rule: getattr(rule, term.field), reverse=term.descending)
        start = 0 if after is None else {rule.id: number for number, rule in enumerate(found, start=1)}[after]
        return found[start : start + limit], len(found) > start + limit


def position(rule: RuleDoc, order: Sequence[OrderTerm]) -> list[Any]:
    """The ordering values of a rule and its id."""
    values = (getattr(rule, term.field) for term in order)
    return [*(int(value) if isinstance(value, IntEnum) else value for value in values), rule.id]


def _value(rule: RuleDoc, field: str) -> Any:
    value = getattr(rule, field)
    return value.name if isinstance(value, IntEnum) else value
