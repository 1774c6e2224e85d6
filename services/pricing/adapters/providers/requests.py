"""What is asked of a server, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from services.pricing.adapters.providers.signing import Signer
from services.pricing.domain.readings import Validator


@dataclass(frozen=True, slots=True)
class Document:
    """What to ask for: a GET, or a POST of a form that is signed."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    form: bytes = b""
    signer: Signer | None = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "POST" if self.form else "GET"

    def headers_at(self, now: datetime) -> dict[str, str]:
        """The headers of an attempt at this time."""
        return self.headers if self.signer is None else self.headers | self.signer.headers(self.url, self.form, now)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole document in `path`, compressed as `encoding` says (`gzip`, or empty for not at all)."""

    path: Path
    size: int
    encoding: str
    validator: Validator
    observed_at: datetime
