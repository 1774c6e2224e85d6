"""Refreshes in a process of their own: checking and building tens of thousands of offers must not slow down queries."""

from services.pricing.adapters.refreshing.process import RefreshProcess

__all__ = ["RefreshProcess"]
