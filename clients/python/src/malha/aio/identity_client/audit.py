"""The part of the asyncio identity client about the audit log."""

# ruff: noqa: A002 (`filter` and `format` are the fields' names in the contract)
# ruff: noqa: ASYNC109 (the timeout travels with the call as its deadline; asyncio.timeout would not tell the server)

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from malha.aio.identity_client.calls import AsyncCalls
from malha.identity.v1 import audit_service_pb2


class AsyncAuditCalls(AsyncCalls):
    """The log of what was done and refused."""

    def list_audit_entries(
        self,
        *,
        filter: str = "",
        order_by: str = "",
        page_size: int = 0,
        platform: bool = False,
        timeout: float | None = None,
    ) -> AsyncIterator[audit_service_pb2.AuditEntry]:
        """What was done and refused in the caller's tenant, or, with `platform`, outside of any; the newest first."""
        request = audit_service_pb2.ListEntriesRequest(
            filter=filter, order_by=order_by, page_size=page_size, platform=platform
        )
        return self._pages("ListEntries", self.audit.ListEntries, request, lambda page: page.entries, timeout)

    def verify_audit(
        self, *, platform: bool = False, timeout: float | None = None
    ) -> AsyncIterator[audit_service_pb2.VerifyChainResponse]:
        """Looks whether the audit log is what was written; tells how far it is, and, in `breaks`, what is wrong."""
        request = audit_service_pb2.VerifyChainRequest(platform=platform)
        return self._stream("VerifyChain", self.audit.VerifyChain, request, timeout)

    async def export_audit(
        self,
        *,
        format: audit_service_pb2.ExportFormat.ValueType = audit_service_pb2.EXPORT_FORMAT_JSON_LINES,
        filter: str = "",
        platform: bool = False,
        timeout: float | None = None,
    ) -> AsyncIterator[bytes]:
        """The entries as a file in pieces, the oldest first."""
        request = audit_service_pb2.ExportEntriesRequest(format=format, filter=filter, platform=platform)
        async with aclosing(self._stream("ExportEntries", self.audit.ExportEntries, request, timeout)) as pieces:
            async for piece in pieces:
                yield piece.content
