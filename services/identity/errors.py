"""What a caller hears of each failure of this service."""

from __future__ import annotations

from services.identity.directory import errors as directory
from services.identity.oauth import errors as oauth
from services.runtime.errors import ErrorMap


def error_map() -> ErrorMap:
    """The rules of all areas over those of the runtime."""
    return ErrorMap({**directory.rules(), **oauth.rules()})
