"""Get one rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.analysis.domain.errors import RuleNotFound
from services.analysis.domain.rules.document import RuleDoc


@dataclass(frozen=True, slots=True)
class GetRule:
    """Finds a rule by its id."""

    rules: Mapping[str, RuleDoc]

    def __call__(self, rule: str) -> RuleDoc:
        """The rule; raises RuleNotFound."""
        try:
            return self.rules[rule]
        except KeyError:
            raise RuleNotFound(rule) from None
