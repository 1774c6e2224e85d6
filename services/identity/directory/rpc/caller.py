"""Who calls, in the directory's words."""

from __future__ import annotations

from services.identity.directory.domain.actors import Actor
from services.runtime.auth import principal
from services.runtime.auth.sessions import session_of


def actor() -> Actor:
    """On whose behalf the current call is made."""
    caller = principal()
    return Actor(caller.tenant, caller.subject, caller.permissions, session_of(caller.token_id))
