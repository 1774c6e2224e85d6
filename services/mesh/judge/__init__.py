"""Judges a canary against the baseline that serves beside it. Pure: no clock, no network, no randomness."""

from services.mesh.judge.judge import Evidence, Judge, Plan, Verdict
from services.mesh.judge.sample import Sample

__all__ = ["Evidence", "Judge", "Plan", "Sample", "Verdict"]
