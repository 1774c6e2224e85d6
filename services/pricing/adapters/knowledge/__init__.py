"""Finds knowledge notes in PostgreSQL, by words and by vectors."""

from services.pricing.adapters.knowledge.postgres import PostgresKnowledge

__all__ = ("PostgresKnowledge",)
