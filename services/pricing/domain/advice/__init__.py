"""Advice: pure functions over one version of the catalogue. Each answers a typed request with a typed result whose
amounts are exact and carry the offers that they come from."""
