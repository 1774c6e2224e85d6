"""Which analyser this is. Imports nothing of the engine, so that the serving process can ask without loading it."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

_SERVICE = Path(__file__).parents[2]
_ENGINE = ("domain/**/*.py", "adapters/engine/*.py", "convert.py", "encode_report.py")


@cache
def analyser_version() -> str:
    """What `Report.analyser_version` shows, such as `malha 0.1.0+5f0c2a91; ruff 0.17.5`.

    The part behind `+` is a hash of the engine's code: results are remembered under the version, and a change of a rule
    must not be answered with what the rule said before.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _ENGINE for path in _SERVICE.glob(pattern)):
        digest.update(path.read_bytes())
    return f"malha {version('malha')}+{digest.hexdigest()[:8]}; ruff {version('ruff')}"
