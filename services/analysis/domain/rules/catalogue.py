"""All rules, whichever engine finds them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from services.analysis.domain.rules.document import Engine, RuleDoc
from services.analysis.domain.rules.malha import MALHA_RULES
from services.analysis.domain.rules.ruff_advice import RUFF_ADVICE
from services.analysis.domain.rules.ruff_rows import RUFF_ROWS, RuffRow


@cache
def all_rules() -> tuple[RuleDoc, ...]:
    """Every rule, by id."""
    documents = [rule.document for rule in MALHA_RULES]
    documents += map(_ruff_document, RUFF_ROWS)
    return tuple(sorted(documents, key=lambda document: document.id))


@cache
def rules_by_id() -> Mapping[str, RuleDoc]:
    """Every rule under its id."""
    return MappingProxyType({document.id: document for document in all_rules()})


def _ruff_document(row: RuffRow) -> RuleDoc:
    code, title, category, severity, confidence, availability = row
    words = title.replace("-", " ")
    summary = f"Flags {words}."
    advice = RUFF_ADVICE.get(code)
    return RuleDoc(
        id=code,
        title=title,
        category=category,
        severity=severity,
        confidence=confidence,
        engine=Engine.RUFF,
        summary=summary,
        explanation=advice or f"{words.capitalize()}. ruff's documentation says why and shows examples.",
        documentation_url=f"https://docs.astral.sh/ruff/rules/{title}",
        fix_availability=availability,
    )
