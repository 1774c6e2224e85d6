"""What is wrong with the mesh as a whole, and since when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.mesh.supervisor.view import AlarmKind, AlarmView

if TYPE_CHECKING:
    from collections.abc import Callable

_MESSAGES = {
    AlarmKind.REGISTRY_LOST: "Redis does not answer, or has lost replicas that live. Calls go on to where they went"
    " before; see `malha logs redis`.",
    AlarmKind.STATE_UNWRITABLE: "Files in the state folder cannot be written, so Envoy is not told of changes; see"
    " whether the disk is full.",
    AlarmKind.IDENTITIES_STALE: "Certificates could not be renewed; see `malha logs supervisor`, and whether the disk"
    " is full.",
    AlarmKind.FLAGS_UNUSABLE: "The file of feature flags cannot be used: servers keep the last good values, and no"
    " server starts; `malha flags` says what is wrong.",
}


class Alarms:
    """Raised and lowered as conditions come and go; `changed` is called with a sentence each time."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._raised: dict[AlarmKind, datetime] = {}

    def set(self, kind: AlarmKind, on: bool) -> None:
        """The condition holds, or does not, from now on."""
        if on is (kind in self._raised):
            return
        if on:
            self._raised[kind] = datetime.now(UTC)
            self._changed(f"alarm {kind}: {_MESSAGES[kind]}")
        else:
            del self._raised[kind]
            self._changed(f"alarm {kind} is over")

    def all(self) -> tuple[AlarmView, ...]:
        """Those raised now, the oldest first."""
        return tuple(AlarmView(kind, _MESSAGES[kind], since) for kind, since in self._raised.items())
