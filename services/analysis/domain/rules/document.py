"""What is known about a rule, whichever engine finds it. The numbers of the enums are those of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from services.analysis.domain.findings import Category, Confidence, Severity


class Engine(IntEnum):
    """What finds a rule's findings."""

    RUFF = 1
    MALHA = 2


class Basis(IntEnum):
    """What an estimate rests on."""

    COMPLEXITY = 1
    MEASUREMENT = 2


class FixAvailability(IntEnum):
    """How often a rule can offer a fix."""

    NONE = 1
    SOMETIMES = 2
    ALWAYS = 3


@dataclass(frozen=True, slots=True)
class Effect:
    """What mending a finding gains. The factors (2 means twice as fast) are 0 where not known; `source` says where
    they come from."""

    summary: str
    basis: Basis
    speedup_low: float = 0.0
    speedup_high: float = 0.0
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """One thing the analyser looks for; the fields mean what those of the contract's Rule mean."""

    id: str
    title: str
    category: Category
    severity: Severity
    confidence: Confidence
    engine: Engine
    summary: str
    explanation: str
    documentation_url: str
    fix_availability: FixAvailability = FixAvailability.NONE
    bad_example: str = ""
    good_example: str = ""
    effect: Effect | None = None
