"""What the operator wants of each service, on disk, so that it outlives the supervisor."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from services.mesh.layout import write_private

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wish:
    """What one service shall be."""

    replicas: int
    version: str | None = None
    """None: the working tree, whatever its version is by now."""


class Desired:
    """The wishes by service, in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wishes = _read(path)

    def wish(self, service: str) -> Wish | None:
        """What was wanted of the service last; None when nobody has changed it."""
        return self._wishes.get(service)

    def save(self, service: str, wish: Wish) -> None:
        """From now on this is wanted of the service."""
        if self._wishes.get(service) == wish:
            return
        self._wishes[service] = wish
        content = {"services": {name: asdict(wish) for name, wish in sorted(self._wishes.items())}}
        write_private(self._path, json.dumps(content, indent=2) + "\n")


def _read(path: Path) -> dict[str, Wish]:
    """Nothing when the file is absent or no file of ours: the topology's own counts are a good start then."""
    try:
        services = json.loads(path.read_text())["services"]
        return {name: _wish(value) for name, value in services.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _wish(value: dict[str, object]) -> Wish:
    replicas, version = value["replicas"], value["version"]
    if not isinstance(replicas, int) or replicas < 1 or not isinstance(version, str | None):
        raise ValueError("no wish of ours")
    return Wish(replicas, version)
