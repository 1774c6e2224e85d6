"""What a replica is started from."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
"""The working tree the mesh was started from: where `python -m services...` works."""

_DISTRIBUTION = "malha"


@dataclass(frozen=True, slots=True)
class Release:
    """One content of a service, ready to be started."""

    version: str
    folder: Path
    """Where `python -m services...` works."""
    paths: tuple[Path, ...] = ()
    """What goes before the interpreter's own packages."""
    interpreter: str = sys.executable
    """The Python whose installed packages it uses."""
    artefact: bool = True
    """Whether it is a copy of its own; False for the working tree."""


def working_tree() -> Release:
    """The code the mesh itself runs from, under the package's own version."""
    return Release(version(_DISTRIBUTION), PROJECT, artefact=False)
