"""What the process that refreshes and the one that asked for it say to each other: lines of JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from services.pricing.domain.errors import RefreshInProgress, RefreshRefused, SourceNotConfigured
from services.pricing.domain.loads import Load, RefreshProgress, RefreshRequest
from services.pricing.domain.offers import Provider
from services.pricing.domain.readings import SourceFailed, SourceFailure
from services.runtime.dependencies import failed_dependency
from services.runtime.exceptions import DependencyUnavailable, RequestIdReused

LONGEST_LINE: Final = 1 << 20
"""Bytes; progress has a few hundred."""


class RefreshFailed(Exception):
    """The process that refreshes failed in a way that no contract knows; the message is the kind of its error."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a refresh failed: the kind of error, and its facts as texts."""

    kind: str
    facts: tuple[str, ...] = ()
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One line: progress, or the end of a refresh that failed."""

    progress: RefreshProgress | None = None
    failure: Failure | None = None


_request = msgspec.json.Decoder(RefreshRequest)
_word = msgspec.json.Decoder(Word)


def encoded(value: RefreshRequest | Word) -> bytes:
    """A line."""
    return msgspec.json.encode(value) + b"\n"


def request_of(line: bytes) -> RefreshRequest:
    """The request of a line. Raises msgspec.MsgspecError."""
    return _request.decode(line)


def word_of(line: bytes) -> Word:
    """The word of a line. Raises msgspec.MsgspecError."""
    return _word.decode(line)


def failure_of(error: BaseException) -> Failure:
    """An error as it travels."""
    match error:
        case RefreshInProgress():
            return Failure("in_progress", load=error.load)
        case RefreshRefused():
            return Failure("refused", (str(error.load), error.provider.value, error.reason))
        case SourceNotConfigured():
            return Failure("not_configured", (error.provider.value, error.needed))
        case SourceFailed():
            return Failure("source_failed", (error.document, error.why.value, error.detail))
        case RequestIdReused():
            return Failure("request_id_reused")
        case DependencyUnavailable():
            return Failure("unavailable", (error.dependency,))
    dependency = failed_dependency(error)
    return Failure("other", (type(error).__name__,)) if dependency is None else Failure("unavailable", (dependency,))


def error_of(failure: Failure) -> Exception:
    """The error that `failure_of` was given; RefreshFailed for what no contract knows."""
    match failure.kind, failure.facts:
        case "in_progress", ():
            return RefreshInProgress(failure.load)
        case "refused", (load, provider, reason):
            return RefreshRefused(UUID(load), Provider(provider), reason)
        case "not_configured", (provider, needed):
            return SourceNotConfigured(Provider(provider), needed)
        case "source_failed", (document, why, detail):
            return SourceFailed(document, SourceFailure(why), detail)
        case "request_id_reused", ():
            return RequestIdReused()
        case "unavailable", (dependency,):
            return DependencyUnavailable(dependency)
    return RefreshFailed(" ".join(failure.facts))
