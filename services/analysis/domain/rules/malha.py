"""Malha's own rules, by id."""

from __future__ import annotations

from services.analysis.domain.rules.context import MalhaRule
from services.analysis.domain.rules.growing import GROWING_RULES
from services.analysis.domain.rules.repeated import REPEATED_RULES
from services.analysis.domain.rules.wasted import WASTED_RULES

MALHA_RULES: tuple[MalhaRule, ...] = GROWING_RULES + WASTED_RULES + REPEATED_RULES
