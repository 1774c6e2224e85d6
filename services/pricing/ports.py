"""What the use cases need from the outside, as small roles."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from services.pricing.domain.alerts import Alert, Delivery, DueDelivery, Outcome
from services.pricing.domain.changes import PriceChange, PriceSpan
from services.pricing.domain.loads import Counts, Load, LoadState, RefreshProgress, RefreshRequest
from services.pricing.domain.offers import Offer, Provider
from services.pricing.domain.quarantine import HeldBack, QuarantinedRow, QuarantineState, Review
from services.pricing.domain.readings import Coverage, Interruption, PriceSource, Validator
from services.pricing.domain.versions import Version
from services.runtime.listing.page import Page

Result = TypeVar("Result")


class CatalogueReader(Protocol):
    """Finds published versions."""

    async def newest(self) -> Version | None:
        """The newest version; None before the first."""
        ...

    async def version(self, number: int) -> Version | None:
        """A version that was published once; None for any other number."""
        ...

    async def snapshot(self, number: int) -> bytes | None:
        """The columns of a version's index; None when they are no longer held."""
        ...

    def offers(self, number: int) -> AsyncIterator[list[Offer]]:
        """All offers of a version, from the record, for when there is no snapshot that can be read. Each has the source
        that confirmed its price last."""
        ...

    async def reference_digest(self, number: int) -> bytes | None:
        """Of the reference catalogue that a version was made from; None where it was not."""
        ...


class HistoryReader(Protocol):
    """Finds what prices were."""

    async def spans(self, offer: str, limit: int, before: int | None) -> list[PriceSpan]:
        """The spans of one offer, by its id, newest first: `limit` of them at most, with ids below `before`."""
        ...

    async def known(self, offer: str) -> bool:
        """Whether any version had the offer."""
        ...


class ChangeReader(Protocol):
    """Finds changes of prices."""

    async def changes(self, after: int, limit: int) -> list[PriceChange]:
        """At most `limit` changes with a sequence number above `after`, in order."""
        ...

    async def last_sequence(self) -> int:
        """The number of the newest change; 0 before the first."""
        ...


class VersionFeed(Protocol):
    """Tells when a version was published, by whichever process."""

    async def after(self, number: int, seconds: float) -> int:
        """The newest version's number, as soon as it is above `number`, and in any case after `seconds`; 0 for none."""
        ...


@dataclass(frozen=True, slots=True)
class Publication:
    """A version that is ready, with everything that goes with it."""

    version: Version
    snapshot: bytes
    coverage: Sequence[Coverage] = ()
    interruptions: Sequence[Interruption] = ()
    held_back: Sequence[HeldBack] = ()
    approved: Sequence[UUID] = ()
    """Rows of the quarantine that it takes up."""
    reference_digest: bytes | None = None


class LoadSession(Protocol):
    """A load under way: nobody else loads meanwhile, and nothing of it is seen before `publish`.

    Raises DependencyUnavailable when the session to the database is gone: then nothing can be published any more.
    """

    load: Load
    base: Version | None
    """The newest version: what this load would follow."""

    async def validators(self) -> Mapping[str, Validator]:
        """What the documents said of themselves that the published versions were read from."""
        ...

    async def stage(self, offers: Sequence[Offer]) -> None:
        """Keeps offers that were read aside."""
        ...

    def staged(self, provider: Provider) -> AsyncIterator[list[Offer]]:
        """What was staged of a provider, in the order in which it came."""
        ...

    async def accept(self, provider: Provider, offers: Sequence[Offer]) -> None:
        """Puts these offers, one for each key, in the place of all that was staged of the provider."""
        ...

    async def settle(self, coverage: Sequence[Coverage], held: Sequence[str]) -> None:
        """Notes which offers of the base are gone: those of a covered part that were neither accepted nor `held` back
        (by id). The base's price of an offer that is held back stays until that was reviewed."""
        ...

    async def settle_all(self) -> None:
        """Notes that every offer of the base that was not accepted is gone."""
        ...

    def merged(self) -> AsyncIterator[list[Offer]]:
        """All offers of the version to come: what was accepted, and what of the base is neither gone nor replaced."""
        ...

    async def plan(self) -> tuple[int, int, int]:
        """How many offers come, how many change their price, and how many go."""
        ...

    async def note(self, counts: Counts) -> None:
        """Notes how far the load is."""
        ...

    async def publish(self, publication: Publication, counts: Counts) -> None:
        """Publishes all of it at once, or nothing: spans, changes, snapshot, quarantine, and the word to everybody."""
        ...

    async def end(self, state: LoadState, counts: Counts, detail: str = "") -> None:
        """Notes how the load ended that publishes nothing."""
        ...


class Loads(Protocol):
    """Begins loads and remembers them."""

    def begin(self, request: RefreshRequest) -> AbstractAsyncContextManager[LoadSession]:
        """A load of one's own. Leaving the block without having published or ended it notes why. Raises
        RefreshInProgress while there is another."""
        ...

    async def answered(self, request: RefreshRequest) -> Load | None:
        """The load that the same request came to before and that ended well; None when it did not. Raises
        RequestIdReused when its id came with another request."""
        ...

    async def get(self, load: UUID) -> Load | None:
        """A load that was begun once."""
        ...


class Refresh(Protocol):
    """Brings the catalogue up to date; see `services.pricing.usecases.refresh_catalog`."""

    def __call__(self, request: RefreshRequest) -> AsyncGenerator[RefreshProgress]:
        """How far it is; the last has the phase DONE. Closing the iterator stops it."""
        ...


class Sources(Protocol):
    """Makes what reads prices."""

    def __call__(self, provider: Provider, regions: Sequence[str]) -> Sequence[PriceSource]:
        """The sources of a provider, for these regions or for all. Raises SourceNotConfigured."""
        ...


class QuarantineReader(Protocol):
    """Finds quarantined rows."""

    async def page(self, page: Page) -> list[QuarantinedRow]:
        """The rows of the page and one more if there is one."""
        ...

    async def get(self, row: UUID) -> QuarantinedRow | None:
        """One row."""
        ...

    async def decided(self, digests: Sequence[bytes]) -> Mapping[bytes, QuarantineState]:
        """What was decided about those of these rows that are known; see `digest_of`."""
        ...

    async def pending(self) -> list[QuarantinedRow]:
        """The approved rows that no version has yet."""
        ...


class QuarantineReview(Protocol):
    """Changes quarantined rows, within one unit of work."""

    async def row(self, row: UUID) -> QuarantinedRow | None:
        """One row, which stays as it is until the end of the unit."""
        ...

    async def decide(self, review: Review) -> QuarantinedRow:
        """Notes the decision; the row as it is then."""
        ...


class AlertStore(Protocol):
    """Keeps the alerts of one tenant, within one unit of work."""

    async def add(self, alert: Alert, secret: bytes) -> None:
        """Keeps a new one."""
        ...

    async def count(self) -> int:
        """How many there are. Nobody adds another until the end of the unit."""
        ...

    async def get(self, alert: UUID) -> Alert | None:
        """One alert."""
        ...

    async def page(self, page: Page) -> list[Alert]:
        """The alerts of the page and one more if there is one."""
        ...

    async def deliveries(self, alert: UUID, page: Page) -> list[Delivery]:
        """The deliveries of an alert: those of the page and one more if there is one."""
        ...

    async def remove(self, alert: UUID) -> bool:
        """Removes an alert with its deliveries; whether there was one."""
        ...


class Outbox(Protocol):
    """Deliveries on their way. Any number of processes may work on it; each row is of one of them at a time."""

    async def tell(self) -> int:
        """Makes the deliveries of all alerts for changes they have not been looked at for; how many it made."""
        ...

    async def claim(self, limit: int, seconds: float) -> list[DueDelivery]:
        """At most `limit` deliveries that are due, which nobody else gets for `seconds`."""
        ...

    async def settle(self, due: DueDelivery, outcome: Outcome, pause: timedelta) -> bool:
        """Notes how an attempt ended, and to try again after `pause` if there is an attempt left; False when somebody
        else has the delivery by now."""
        ...

    async def expire(self, age: timedelta) -> int:
        """Removes deliveries that ended longer ago than that, up to a thousand; how many."""
        ...


class InterruptionReader(Protocol):
    """Finds how often spot instances are taken away."""

    async def interruptions(self, provider: Provider) -> list[Interruption]:
        """What was read last of a provider, by region, type and operating system."""
        ...


class Webhook(Protocol):
    """Brings something to a URL that a user gave."""

    def check(self, url: str) -> None:
        """Raises WebhookNotAllowed for a URL to which nothing is sent, as far as can be told without looking it up."""
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Sends it once. Whatever goes wrong is in the outcome."""
        ...


class Workbench(Protocol):
    """Does work that would keep an event loop busy for too long."""

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises. Raises Overloaded when too much waits already."""
        ...
