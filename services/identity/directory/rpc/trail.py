"""What a change of the directory leaves in the audit log: the names of what was changed, never what was put there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from services.runtime import audit
from services.runtime.call import current
from services.runtime.db import UnitOfWork
from services.runtime.tenancy import current_owner

# Names of resources that tell what a binding or a key is about.
_ABOUT = ("subject", "role", "owner")


async def leave(work: UnitOfWork, request: Any, answer: Message) -> None:
    """Writes who did what to what, in the transaction of the change; last before its end."""
    await audit.record(work, current().method.permission, resource_of(request, answer), details_of(request, answer))


def resource_of(request: Any, answer: Message) -> str:
    """What was changed; the caller where a request names nothing, as one's own account is changed."""
    if name := getattr(request, "name", ""):
        return str(name)
    return next((part.name for part in _parts(request, answer) if part.name), current_owner().subject)


def details_of(request: Any, answer: Message) -> dict[str, str]:
    """Which fields were changed, and whom a binding or a key concerns."""
    details = {}
    if "update_mask" in request.DESCRIPTOR.fields_by_name:
        details["fields"] = ",".join(sorted(request.update_mask.paths))
    for part in _parts(request, answer):
        for field in _ABOUT:
            if value := getattr(part, field, ""):
                details.setdefault(field, str(value))
    return details


def _parts(request: Any, answer: Message) -> Iterator[Any]:
    """The resources in an answer, then those in its request."""
    for message in (answer, request):
        for field, value in message.ListFields():
            if field.message_type is not None and "name" in field.message_type.fields_by_name:
                yield value
