"""The oldest Python a project supports, from the nearest `pyproject.toml`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

OLDEST, NEWEST = (3, 8), (3, 14)
"""What the analyser understands."""

_LOWER_BOUND = re.compile(r"(?:>=|~=|===?|>)\s*(\d+)(?:\.(\d+))?")


def target_version(start: Path) -> str:
    """The version for `AnalysisOptions.target_version`, such as `3.11`; empty when no project says one.

    The nearest `pyproject.toml` at or above `start` decides by its `project.requires-python`; one that cannot be read
    counts as one that says nothing.
    """
    folder = start.absolute()
    for each in (folder, *folder.parents):
        file = each / "pyproject.toml"
        if file.is_file():
            return _from_specifiers(_requires_python(file))
    return ""


def _requires_python(file: Path) -> str:
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):
        return ""
    required = project.get("requires-python", "") if isinstance(project, dict) else ""
    return required if isinstance(required, str) else ""


def _from_specifiers(specifiers: str) -> str:
    bounds = [(int(major), int(minor or 0)) for major, minor in _LOWER_BOUND.findall(specifiers)]
    if not bounds:
        return ""
    # All specifiers must hold, so the highest lower bound is the oldest version that can occur.
    major, minor = min(max(*bounds, OLDEST), NEWEST)
    return f"{major}.{minor}"
