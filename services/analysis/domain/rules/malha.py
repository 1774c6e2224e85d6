"""Malha's own rules, by id."""

from __future__ import annotations

from services.analysis.domain.rules.context import MalhaRule

MALHA_RULES: tuple[MalhaRule, ...] = ()
