"""Who is behind a call: tokens, their keys, and what they permit."""

from services.runtime.auth.principal import Principal, PrincipalKind, principal

__all__ = ["Principal", "PrincipalKind", "principal"]
