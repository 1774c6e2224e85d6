"""Who calls, in the directory's words."""

from __future__ import annotations

from services.identity.directory.domain.actors import Actor
from services.runtime.auth import principal
from services.runtime.call import current


def actor() -> Actor:
    """On whose behalf the current call is made."""
    caller = principal()
    return Actor(caller.tenant, caller.subject, caller.permissions)


def address() -> str:
    """The address that the call comes from, as the edge saw it; empty where there is no edge."""
    # Whatever a client claims stands before what the edge adds.
    return str(current().headers.get("x-forwarded-for", "")).rpartition(",")[2].strip()
