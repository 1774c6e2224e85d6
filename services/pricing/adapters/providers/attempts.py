"""What a server's answer means for a document that is fetched in one or several attempts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from services.pricing.adapters.providers.backoff import asked_wait
from services.pricing.domain.readings import SourceFailure, Validator

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_ENCODINGS = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip"}
_WHY = {401: "credentials", 403: "rights", 404: "no such document", 410: "no such document"}


class AttemptFailed(Exception):
    """One attempt failed. `final`: another one would, too. `wait`: the seconds that the server asks for."""

    def __init__(self, why: SourceFailure, detail: str, *, final: bool = False, wait: float | None = None) -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail
        self.final = final
        self.wait = wait


@dataclass(slots=True)
class Attempt:
    """How far a document is: what the attempts so far have brought."""

    known: Validator
    received: int = 0
    total: int | None = None
    encoding: str = ""
    validator: Validator = field(default_factory=Validator)
    resumable: bool = False

    def headers(self) -> dict[str, str]:
        """Of the next request: the rest of the same version, or the document if it is another than the known one."""
        headers = {"accept-encoding": "gzip"}
        if self.resumable and self.received:
            # If-Range: should the document be another one by now, all of it comes, with 200 (RFC 9110, 13.1.5).
            headers |= {"range": f"bytes={self.received}-", "if-range": self.validator.etag}
        elif self.known.etag:
            headers["if-none-match"] = self.known.etag
        elif self.known.last_modified:
            headers["if-modified-since"] = self.known.last_modified
        return headers


def judge(response: httpx.Response, attempt: Attempt) -> httpx.Response | None:
    """The response when its body is to be read, None when the document is unchanged; `attempt` knows from where on.

    Raises AttemptFailed.
    """
    status = response.status_code
    if status == 304 and (attempt.known.etag or attempt.known.last_modified):
        return None
    if status == 200:
        _begin(response, attempt)
        return response
    if status == 206 and attempt.received:
        _continue(response, attempt)
        return response
    if status == 416:
        attempt.resumable = False
        raise AttemptFailed(SourceFailure.UNREACHABLE, "the rest cannot be had")
    wait = asked_wait(response.headers.get("retry-after"), datetime.now(UTC))
    if status == 429:
        raise AttemptFailed(SourceFailure.THROTTLED, "too many requests", wait=wait)
    if status == 408 or status >= 500:
        raise AttemptFailed(SourceFailure.UNREACHABLE, f"status {status}", wait=wait)
    raise AttemptFailed(SourceFailure.REFUSED, f"status {status} ({_WHY.get(status, 'not accepted')})", final=True)


def _begin(response: httpx.Response, attempt: Attempt) -> None:
    headers = response.headers
    attempt.received = 0
    attempt.encoding = _encoding(headers)
    attempt.validator = Validator(headers.get("etag", ""), headers.get("last-modified", ""))
    attempt.total = _length(headers)
    # Only a strong validator says that bytes are the same (RFC 9110, 8.8.1).
    strong = attempt.validator.etag.startswith('"')
    attempt.resumable = strong and headers.get("accept-ranges", "").lower() == "bytes"
    if attempt.total is None and "chunked" not in headers.get("transfer-encoding", "").lower() and _old(response):
        detail = "neither length nor chunks: whether it is whole cannot be known"
        raise AttemptFailed(SourceFailure.INVALID, detail, final=True)


def _continue(response: httpx.Response, attempt: Attempt) -> None:
    match = _RANGE.fullmatch(response.headers.get("content-range", ""))
    total = int(match[3]) if match and match[3] != "*" else attempt.total
    same = _encoding(response.headers) == attempt.encoding and total == attempt.total
    if not match or int(match[1]) != attempt.received or not same:
        attempt.resumable = False
        attempt.received = 0
        raise AttemptFailed(SourceFailure.UNREACHABLE, "another part came than was asked for")


def _encoding(headers: httpx.Headers) -> str:
    encoding = headers.get("content-encoding", "").lower()
    if encoding not in _ENCODINGS:
        raise AttemptFailed(SourceFailure.INVALID, f"compressed with {encoding[:50]}", final=True)
    return _ENCODINGS[encoding]


def _length(headers: httpx.Headers) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _old(response: httpx.Response) -> bool:
    """Whether the end of the body is the end of the connection; HTTP/2 marks the end itself."""
    return response.http_version in ("HTTP/1.0", "HTTP/1.1")
