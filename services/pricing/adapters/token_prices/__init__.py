"""Prices of tokens, from the data that the `genai-prices` library brings along; nothing is downloaded."""

from services.pricing.adapters.token_prices.bundled import load_catalogue, token_prices

__all__ = ("load_catalogue", "token_prices")
