"""What a token is given for."""

from __future__ import annotations

from enum import StrEnum


class GrantType(StrEnum):
    """The grants, by the values of `grant_type`."""

    CLIENT_CREDENTIALS = "client_credentials"
    PASSWORD = "password"  # noqa: S105 - the name of a grant
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
