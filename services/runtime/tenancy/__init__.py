"""Whose data a call is about: the tenant, and within it the one who calls."""

from services.runtime.tenancy.owner import Owner, current_owner

__all__ = ["Owner", "current_owner"]
