"""The part of the asyncio pricing client about bringing the catalogue up to date."""

# ruff: noqa: A002 (`filter` is the field's name in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from malha import pricing_requests as requests
from malha.aio.pricing_client.calls import AsyncCalls
from malha.pricing.v1 import ingest_service_pb2 as pb
from malha.pricing.v1 import offer_pb2


class AsyncIngestCalls(AsyncCalls):
    """Reads the providers' prices anew, and decides about what was held back."""

    def refresh_catalogue(
        self,
        *,
        providers: Iterable[offer_pb2.Provider.ValueType] = (),
        regions: Iterable[str] = (),
        validate_only: bool = False,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> AsyncIterator[pb.RefreshCatalogResponse]:
        """Reads prices anew, of all that is configured unless told otherwise, and tells how far it is.

        The last message has the version that was published, whole or not at all. An iterator that is closed stops the
        refresh. With the `request_id` of a refresh that ended well, the answer is its outcome.
        """
        request = requests.refresh_catalog(providers, regions, validate_only, request_id)
        return self._stream("RefreshCatalog", self.ingest.RefreshCatalog, request, timeout)

    def list_quarantine(
        self, *, filter: str = "", order_by: str = "", page_size: int = 0, timeout: float | None = None
    ) -> AsyncIterator[pb.QuarantinedRow]:
        """Rows that were read and not published, by default the last seen first."""
        request = pb.ListQuarantineRequest(filter=filter, order_by=order_by, page_size=page_size)
        return self._pages("ListQuarantine", self.ingest.ListQuarantine, request, lambda page: page.rows, timeout)

    async def review_quarantine(
        self,
        name: str,
        state: pb.QuarantineState.ValueType,
        reason: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> pb.QuarantinedRow:
        """Decides about a row, `quarantinedRows/{uuid}`: `state` is APPROVED or DISMISSED, `reason` says why."""
        request = requests.review_quarantine(name, state, reason, request_id)
        return (await self._call("ReviewQuarantine", self.ingest.ReviewQuarantine, request, timeout)).row
