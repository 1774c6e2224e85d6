"""Writes the identity of one workload: a folder for each generation, and the link that names the current one."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from services.runtime.identity.files import (
    ABOUT,
    BUNDLE,
    CERTIFICATE,
    CURRENT,
    KEY,
    Identity,
    IdentityFolder,
    IdentityUnreadable,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.mesh.certified import Certified

# Whoever reads a generation that was just replaced must be able to finish; nobody needs hundreds of them.
_KEPT = 16


class Generations:
    """The generations of one workload in `folder`."""

    def __init__(self, folder: Path, workload: str) -> None:
        self._folder = folder
        self.workload = workload

    def current(self) -> Identity | None:
        """The current generation; None when there is none that can be read."""
        try:
            return IdentityFolder(self._folder).last
        except IdentityUnreadable:
            return None

    def publish(self, issued: Certified, bundle: bytes, now: datetime) -> None:
        """Make `issued` the current identity, in one step for whoever reads."""
        generation = self._folder / issued.serial
        generation.mkdir(mode=0o700, parents=True)
        about = {
            "workload": self.workload, "issued_at": now.timestamp(), "expires_at": issued.expires_at.timestamp(),
        }  # fmt: skip
        _write(generation / KEY, issued.key_pem())
        _write(generation / CERTIFICATE, issued.certificate_pem())
        _write(generation / BUNDLE, bundle)
        _write(generation / ABOUT, json.dumps(about).encode())
        fresh = self._folder / f".{CURRENT}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(issued.serial)
        fresh.replace(self._folder / CURRENT)

    def tidy(self, now: datetime, seconds: float) -> None:
        """Remove the generations that were replaced more than `seconds` ago, those beyond the last few, and debris."""
        current = os.readlink(self._folder / CURRENT)  # noqa: PTH115 - a name, not a path
        folders = [path for path in self._folder.iterdir() if not path.is_symlink() and path.name != current]
        replaced_at = _issued_at(self._folder / current)
        for position, folder in enumerate(sorted(folders, key=_issued_at, reverse=True)):
            if position >= _KEPT or now.timestamp() - replaced_at > seconds or not _issued_at(folder):
                shutil.rmtree(folder, ignore_errors=True)
            replaced_at = _issued_at(folder)


def _issued_at(generation: Path) -> float:
    """The moment in seconds since the epoch; 0 for what a kill left incomplete."""
    try:
        return float(json.loads((generation / ABOUT).read_bytes())["issued_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0


def _write(path: Path, data: bytes) -> None:
    """Write a file that only its owner reads. No sync: what a power cut spoils is issued again at the next start."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
