"""Tokens: how they are asked for, signed, renewed, taken back and looked at (OAuth 2.0)."""
