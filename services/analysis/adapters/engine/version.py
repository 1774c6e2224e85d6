"""Which analyser this is. Imports nothing of the engine, so that the serving process can ask without loading it."""

from __future__ import annotations

from importlib.metadata import version

_VERSION = f"malha {version('malha')}; ruff {version('ruff')}"


def analyser_version() -> str:
    """What `Report.analyser_version` shows."""
    return _VERSION
