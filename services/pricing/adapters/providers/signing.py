"""Signature Version 4 of requests to AWS, as far as one form that is posted needs it.

Source: "Create a signed AWS API request", IAM user guide, read 2026-11-21.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from services.pricing.adapters.providers.settings import AwsCredentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs each attempt anew, since a signature holds for some minutes only."""

    credentials: AwsCredentials
    region: str
    service: str

    def headers(self, url: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of a form that is posted; `now` is in UTC."""
        return sign_form(self.credentials, url, body, self.region, self.service, now)


def sign_form(
    credentials: AwsCredentials, url: str, body: bytes, region: str, service: str, now: datetime
) -> dict[str, str]:
    """The headers with which a form is posted to the URL, which has no query; `now` is in UTC."""
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": _FORM, "host": parts.netloc, "x-amz-date": stamp}
    if credentials.session_token:
        headers["x-amz-security-token"] = credentials.session_token
    names = ";".join(sorted(headers))
    canonical = "\n".join((
        "POST",
        parts.path or "/",
        "",
        *(f"{name}:{headers[name]}" for name in sorted(headers)),
        "",
        names,
        hashlib.sha256(body).hexdigest(),
    ))  # fmt: skip
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    credential = f"{credentials.key_id}/{scope}"
    headers["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return headers


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
