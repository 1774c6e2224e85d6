"""Webhooks: POST to addresses that users give, and to nothing else that can be reached from here."""

from services.pricing.adapters.webhooks.sending import HttpWebhook

__all__ = ["HttpWebhook"]
