"""Where a source may be read from: its own hosts, over TLS."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from services.pricing.domain.readings import SourceFailed, SourceFailure


@dataclass(frozen=True, slots=True)
class Addresses:
    """The hosts of one source, and those of them that are spoken to without TLS, each as `host:port`."""

    hosts: frozenset[str]
    plain: frozenset[str] = frozenset()

    @classmethod
    def of(cls, urls: tuple[str, ...], plain: frozenset[str]) -> Addresses:
        """The hosts of these URLs."""
        return cls(frozenset(_authority(url)[1] for url in urls), plain)

    def check(self, url: str) -> None:
        """Raises SourceFailed when the URL leads elsewhere, or asks for TLS to be left out."""
        shown = shown_url(url)
        try:
            scheme, authority = _authority(url)
        except ValueError as error:
            raise SourceFailed(shown, SourceFailure.FORBIDDEN_ADDRESS, "no URL") from error
        if authority not in self.hosts:
            raise SourceFailed(shown, SourceFailure.FORBIDDEN_ADDRESS, f"{authority} is no host of this source")
        if scheme != "https" and not (scheme == "http" and authority in self.plain):
            raise SourceFailed(shown, SourceFailure.FORBIDDEN_ADDRESS, "only https is allowed")


def _authority(url: str) -> tuple[str, str]:
    """The scheme, and host and port. Raises ValueError; who puts a name or a password into a URL has no host here."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ValueError(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, f"{parts.hostname}:{port}"


def shown_url(url: str) -> str:
    """The URL as it may be stored and shown: at most 500 characters."""
    return url[:500]
