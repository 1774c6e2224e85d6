"""The rpcs that read the log: parse, call, format."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from malha.identity.v1 import audit_service_pb2 as pb
from malha.identity.v1.audit_service_pb2_grpc import AuditServiceServicer
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from services.identity.audit import convert
from services.identity.audit.store import FIELDS, Entries
from services.runtime.audit import PLATFORM
from services.runtime.audit.chain import Progress, verify
from services.runtime.auth import principal
from services.runtime.db import UnitOfWork
from services.runtime.exceptions import PermissionMissing
from services.runtime.listing import OrderTerm, parse_filter, requests
from services.runtime.listing.page import Listing
from services.runtime.tenancy import current_owner

READS_PLATFORM = "identity.tenants.audit"
"""The permission to read the log of what belongs to no tenant."""
_EXPORT_PAGE = 1_000

LISTING = Listing(
    method="ListEntries",
    fields=FIELDS,
    order_types={"time": datetime},
    default_order=(OrderTerm("time", descending=True),),
)


@dataclass(frozen=True, kw_only=True)
class AuditServicer(AuditServiceServicer):
    """`malha.identity.v1.AuditService`. `key` seals checkpoints."""

    engine: AsyncEngine
    key: bytes

    async def ListEntries(self, request: pb.ListEntriesRequest, context: object) -> pb.ListEntriesResponse:
        tenant = _log(platform=request.platform)
        page = requests.read(LISTING, request, tenant)
        newest_first = page.order[0].descending
        async with UnitOfWork(self.engine, tenant) as work:
            rows = await Entries(work).find(
                page.filter, after=page.after, newest_first=newest_first, limit=page.limit + 1
            )
        shown, token = requests.cut(rows, page, getattr, lambda row: row.id)
        return pb.ListEntriesResponse(entries=[convert.entry_to_proto(row) for row in shown], next_page_token=token)

    async def VerifyChain(
        self, request: pb.VerifyChainRequest, context: object
    ) -> AsyncIterator[pb.VerifyChainResponse]:
        told = Progress(0)
        async for told in verify(self.engine, _log(platform=request.platform), self.key):
            yield convert.progress_to_proto(told)
        yield convert.progress_to_proto(Progress(told.verified), done=True)

    async def ExportEntries(
        self, request: pb.ExportEntriesRequest, context: object
    ) -> AsyncIterator[pb.ExportEntriesResponse]:
        tenant, wanted = _log(platform=request.platform), parse_filter(request.filter, FIELDS)
        as_csv = request.format == pb.EXPORT_FORMAT_CSV
        if as_csv:
            yield pb.ExportEntriesResponse(content=convert.csv_header())
        after: Sequence[Any] | None = None
        rows: Sequence[Row[Any]] = ()
        while after is None or len(rows) == _EXPORT_PAGE:
            # Each page in a transaction of its own: none is held while the caller takes its time.
            async with UnitOfWork(self.engine, tenant) as work:
                rows = await Entries(work).find(wanted, after=after, newest_first=False, limit=_EXPORT_PAGE)
            if not rows:
                break
            after = rows[-1].time, rows[-1].id
            yield pb.ExportEntriesResponse(content=convert.csv_lines(rows) if as_csv else convert.json_lines(rows))


def _log(*, platform: bool) -> str:
    """Whose log is read; raises PermissionMissing for the platform's, and TokenRequired."""
    if not platform:
        return current_owner().tenant
    if not principal().may(READS_PLATFORM):
        raise PermissionMissing(READS_PLATFORM)
    return PLATFORM
