"""Reads field masks of updates (AIP-134, AIP-161)."""

from __future__ import annotations

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from services.runtime.exceptions import FieldViolation, ValidationFailed


def masked(mask: FieldMask, resource: Message, allowed: Collection[str]) -> frozenset[str]:
    """The fields to change: those of the mask, all for `*`, or those that are set where there is no mask.

    Raises:
        ValidationFailed: the mask names a field that cannot be changed.
    """
    if not mask.paths:
        return frozenset(field.name for field, _ in resource.ListFields()) & frozenset(allowed)
    if list(mask.paths) == ["*"]:
        return frozenset(allowed)
    wrong = sorted(set(mask.paths) - set(allowed))
    if wrong:
        can = ", ".join(sorted(allowed))
        raise ValidationFailed(
            [FieldViolation("update_mask", f"`{path}` cannot be changed; {can} can") for path in wrong]
        )
    return frozenset(mask.paths)
