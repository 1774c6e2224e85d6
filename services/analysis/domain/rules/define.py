"""How our rules are written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from services.analysis.domain.findings import Category, Confidence, Severity
from services.analysis.domain.rules.context import Draft, MalhaRule, RuleContext
from services.analysis.domain.rules.document import Basis, Effect, Engine, FixAvailability, RuleDoc

if TYPE_CHECKING:
    from tree_sitter import Node

MEASURED = "timeit, best of 5, CPython 3.11.7, Linux x86-64, one core: "
"""What stands before the sizes in the source of a measured effect."""


def define(
    number: int,
    title: str,
    summary: str,
    explanation: str,
    *,
    bad: str,
    good: str,
    effect: str,
    size: str,
    speedup: tuple[float, float],
    query: str = "",
    methods: tuple[str, ...] = (),
    check: Callable[[RuleContext, Node], Draft | None],
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.MEDIUM,
    fix: FixAvailability = FixAvailability.NONE,
) -> MalhaRule:
    """A performance rule `MLH<number>` whose query captures its candidates as `@MLH<number>`; `size` says what the
    speed-up was measured with."""
    rule = f"MLH{number}"
    document = RuleDoc(
        id=rule,
        title=title,
        category=Category.PERFORMANCE,
        severity=severity,
        confidence=confidence,
        engine=Engine.MALHA,
        summary=summary,
        explanation=explanation,
        documentation_url=f"/v1/rules/{rule}",
        fix_availability=fix,
        bad_example=bad,
        good_example=good,
        effect=Effect(effect, Basis.MEASUREMENT, speedup[0], speedup[1], MEASURED + size),
    )
    return MalhaRule(document, rule, query, check, methods)
