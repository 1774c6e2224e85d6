"""Malha's own rules."""

from __future__ import annotations

from services.analysis.domain.rules.context import MalhaRule
from services.analysis.domain.rules.fronts import FRONT_RULES
from services.analysis.domain.rules.growing import GROWING_RULES
from services.analysis.domain.rules.lookups import LOOKUP_RULES
from services.analysis.domain.rules.repeated import REPEATED_RULES
from services.analysis.domain.rules.temporaries import TEMPORARY_RULES
from services.analysis.domain.rules.texts import TEXT_RULES

MALHA_RULES: tuple[MalhaRule, ...] = (
    FRONT_RULES + GROWING_RULES + TEMPORARY_RULES + TEXT_RULES + LOOKUP_RULES + REPEATED_RULES
)
