"""Headers that an answer needs where it is read over HTTP."""

from __future__ import annotations

from typing import Any

_NO_STORE = ("cache-control", "no-store")
_PAGE = (
    _NO_STORE,
    # Nothing is loaded, no script runs, the form goes back to where it came from, and nobody frames it.
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
)


async def no_store(context: Any) -> None:
    """Says that nobody keeps the answer (RFC 6749, 5.1). Right before it: an early header commits the call."""
    await context.send_initial_metadata((_NO_STORE,))


async def page(context: Any) -> None:
    """What a browser has to know of a page with a password field."""
    await context.send_initial_metadata(_PAGE)
