"""Decide about a row in quarantine."""

from __future__ import annotations

from services.pricing.domain.errors import QuarantinedRowIncomplete, QuarantinedRowNotFound, QuarantinedRowReviewed
from services.pricing.domain.quarantine import FINAL_REASONS, QuarantinedRow, QuarantineState, Review
from services.pricing.ports import QuarantineReview


async def review_quarantine(rows: QuarantineReview, review: Review) -> QuarantinedRow:
    """The row as it is then; the same decision again changes nothing. An approved row is in the next version.

    A decision can be changed until a version has the row. Raises QuarantinedRowNotFound, QuarantinedRowReviewed when
    that is so, and QuarantinedRowIncomplete for an approval of what cannot be an offer.
    """
    row = await rows.row(review.row)
    if row is None:
        raise QuarantinedRowNotFound(review.row)
    wanted = QuarantineState.APPROVED if review.approve else QuarantineState.DISMISSED
    if row.state is wanted:
        return row
    if row.published_version is not None:
        raise QuarantinedRowReviewed(row.id, row.state)
    if review.approve and (row.offer is None or row.reason in FINAL_REASONS):
        raise QuarantinedRowIncomplete(row.id)
    return await rows.decide(review)
