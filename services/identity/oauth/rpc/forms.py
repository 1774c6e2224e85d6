"""Reads what a client sends: its form, who it says it is, and where it calls from."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from services.identity.oauth.domain.clients import ClientCredentials
from services.identity.oauth.domain.errors import InvalidClient, InvalidRequest
from services.runtime.auth.tokens import HEADER
from services.runtime.call import Call

CONTENT_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 64
_BASIC = re.compile(r"basic +([A-Za-z0-9+/]{1,4096}={0,2})", re.IGNORECASE)
# Neither PostgreSQL nor a log wants them, and no credential has them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Form:
    """The fields of a form. One without a value counts as absent (RFC 6749, 3.2)."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields

    def get(self, name: str) -> str:
        """The value of a field; empty when it is absent."""
        return self._fields.get(name, "")

    def need(self, name: str) -> str:
        """The value of a field; raises InvalidRequest when it is absent."""
        value = self.get(name)
        if not value:
            raise InvalidRequest(f"the parameter {name} is missing")
        return value


def form_of(body: Any) -> Form:
    """The form in a google.api.HttpBody.

    Raises:
        InvalidRequest: it is none, or a parameter comes twice or holds control characters.
    """
    if body.content_type.partition(";")[0].strip().lower() != CONTENT_TYPE:
        raise InvalidRequest(f"the request has to be a form: {CONTENT_TYPE}")
    try:
        pairs = parse_qsl(body.data.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequest("the form cannot be read") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidRequest("a parameter comes twice")
    if any(_CONTROL.search(value) for value in fields.values()):
        raise InvalidRequest("a parameter holds control characters")
    return Form(fields)


def credentials_of(form: Form, call: Call) -> ClientCredentials:
    """What the client says of itself, in its form or in the header `authorization: Basic`.

    Raises:
        InvalidRequest: it says it in both ways, or not at all.
        InvalidClient: the header cannot be read.
    """
    header = call.headers.get(HEADER)
    if not isinstance(header, str) or not header.lower().startswith("basic"):
        return ClientCredentials(form.need("client_id"), form.get("client_secret"))
    basic = _basic(header)
    if form.get("client_secret") or form.get("client_id") not in ("", basic.id):
        raise InvalidRequest("the client names itself in two ways")
    return basic


def _basic(header: str) -> ClientCredentials:
    match = _BASIC.fullmatch(header)
    try:
        text = base64.b64decode(match[1], validate=True).decode() if match else ""
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidClient from None
    name, colon, secret = text.partition(":")
    if not colon or _CONTROL.search(text):
        raise InvalidClient
    # Both halves are encoded like values of a form before they are joined (RFC 6749, 2.3.1).
    return ClientCredentials(unquote_plus(name), unquote_plus(secret))
