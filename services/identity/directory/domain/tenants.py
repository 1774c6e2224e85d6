"""Tenants: the customers, each of whom sees nothing of the others."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The tenant that is there from the first start on.
DEFAULT_TENANT = "default"
TENANT_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Tier(StrEnum):
    """How much a tenant may call; the `tier` claim of its tokens."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A customer. Its `id` is chosen by whoever makes it and never changes. Nobody of a `disabled` one gets in."""

    id: str
    display_name: str
    tier: Tier
    disabled: bool
    create_time: datetime
    update_time: datetime
