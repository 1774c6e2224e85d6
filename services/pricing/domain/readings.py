"""What reading a source of prices gives: batches of offers, what could not be read, and how far the reading is."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.pricing.domain.offers import Offer, OperatingSystem, Provider, Purchase, Source
from services.runtime.exceptions import DomainError


class RejectReason(StrEnum):
    """Why a row of a source is no offer. Nothing is guessed: what is not known for sure is rejected."""

    MALFORMED = "malformed"
    """A field that the interface promises is missing or of another type."""
    UNKNOWN_ATTRIBUTE = "unknown_attribute"
    """An attribute has a value that is not known, so that the row may mean something else than it seems to."""
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_REGION = "unknown_region"
    UNKNOWN_SHAPE = "unknown_shape"
    """The instance type's vCPUs, memory or accelerators are not known."""
    AMBIGUOUS = "ambiguous"
    """Two rows name the same offer at different prices, or a row contradicts itself."""
    INCOMPLETE = "incomplete"
    """A part of a composed price is missing, such as the accelerator's."""
    PRICE_INVALID = "price_invalid"
    """No number, negative, zero, or in a currency that was not asked for."""
    TOO_LARGE = "too_large"
    """A row has more characters than any real one."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was read and is no offer."""

    provider: Provider
    row: str
    """What tells the row from others, such as its SKU and description; at most 300 characters, from the source."""
    reason: RejectReason
    detail: str
    """What was found, and where; at most 300 characters."""
    source: str
    """The document's URL."""


@dataclass(frozen=True, slots=True)
class Validator:
    """What a server said of a document's version, to ask for it again only when it has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """A part of a catalogue that was read to its end: what it does not hold is not offered there any more."""

    provider: Provider
    part: str
    """What was read: `on_demand_and_reserved`, `savings_plans`, `spot`, `interruptions`, `compute`, ..."""
    region: str
    """The provider's code; empty where the part is of all regions."""
    document: str
    """The URL, without keys."""
    unchanged: bool = False
    """It is what it was when `validator` was given: nothing was read, and the offers of the last reading still hold."""
    validator: Validator = field(default_factory=Validator)
    """To be handed to the next reading, once this one's offers are published."""
    published_at: datetime | None = None
    """When the provider made the document, where it says so."""
    purchases: frozenset[Purchase] = frozenset()
    """The ways of buying of which the part has all; empty for those that occur among the offers of `document`."""


@dataclass(frozen=True, slots=True)
class Interruption:
    """How often spot instances of a type were taken away in the last month, as a band of percent."""

    provider: Provider
    region: str
    instance_type: str
    os: OperatingSystem
    percent_from: int
    percent_to: int
    source: Source


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of one document is. Counts are of the document so far."""

    document: str
    bytes_read: int
    bytes_total: int | None
    """None while the server does not say."""
    rows: int
    accepted: int
    rejected: int
    out_of_scope: int
    documents_done: int
    documents_total: int | None
    """None where only the last page says that it is the last."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of what was read; at most `BATCH` offers and as many rejected rows."""

    offers: list[Offer] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    out_of_scope: Counter[str] = field(default_factory=Counter)
    """Rows of products that the catalogue does not hold, counted by kind."""
    interruptions: list[Interruption] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    """What is complete with this batch."""


BATCH = 100
"""How many offers a batch has at most: few, since each is taken up by the event loop at once."""


class SourceFailure(StrEnum):
    """Why a source could not be read to its end."""

    UNREACHABLE = "unreachable"
    """No answer, time is over, or the server is in trouble, after all attempts."""
    REFUSED = "refused"
    """The server does not let us: credentials, rights, or a document that does not exist."""
    THROTTLED = "throttled"
    """Too many requests, after all attempts or for longer than one waits."""
    INVALID = "invalid"
    """What came is no document of this interface."""
    TOO_LARGE = "too_large"
    """More bytes than the settings allow."""
    FORBIDDEN_ADDRESS = "forbidden_address"
    """It leads to an address that is not one of the source's own."""


class SourceFailed(DomainError):
    """A source was not read to its end; what it gave so far must not be published as complete."""

    def __init__(self, document: str, why: SourceFailure, detail: str) -> None:
        super().__init__(f"{document}: {why}: {detail}")
        self.document = document
        self.why = why
        self.detail = detail


class PriceSource(Protocol):
    """Something that knows prices, read from its beginning to its end."""

    @property
    def name(self) -> str:
        """Such as `aws`, `azure` or `gcp`."""

    def read(self, progress: Callable[[Progress], None], known: Mapping[str, Validator]) -> AsyncGenerator[Batch, None]:
        """All of its offers, in batches.

        `progress` is called now and then, from the event loop's thread, and must return at once. `known` has, by
        document, the validators of the coverage that the last published reading gave. Raises SourceFailed. Closing the
        iterator, or cancelling, ends the reading and everything that it started.
        """
