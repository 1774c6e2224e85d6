"""The authorities of a mesh on disk: one that issues, and beside it those that are trusted already or still.

Each has a folder with an ascending number; the link `active` names the one that issues. A higher number is prepared:
trusted, not yet used. A lower one is on its way out: trusted, no longer used. What a kill left half-written has no
certificate yet and counts as absent.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from services.mesh.certified import load
from services.mesh.identity.certificates import make_authority
from services.mesh.layout import write_private
from services.runtime.identity.files import CERTIFICATE, KEY

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from services.mesh.certified import Certified

ACTIVE = "active"


class AuthorityMissing(Exception):
    """No authority is active: none was ever made, or its files are gone or damaged."""


class Authorities:
    """The authorities in one folder. Nothing is kept in memory, so that a kill at any step is made good by reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def active(self) -> Certified:
        """The authority that issues; raises AuthorityMissing."""
        try:
            return self._load(self._active_number())
        except (OSError, ValueError, TypeError):
            raise AuthorityMissing(f"no usable authority in {self._folder}") from None

    def bundle(self) -> bytes:
        """The certificates of all authorities to trust, the oldest first, as PEM."""
        return b"".join((self._folder / name / CERTIFICATE).read_bytes() for name in self._names())

    def unfinished(self) -> bool:
        """Whether a rotation was begun and not ended."""
        return len(self._names()) != 1

    def prepared(self) -> bool:
        """Whether the newest authority is trusted and does not issue yet."""
        names = self._names()
        return bool(names) and not self._is_active(names[-1])

    def prepare(self, now: datetime, lifetime: float) -> None:
        """Make another authority, which is trusted from now on."""
        names = self._names()
        folder = self._folder / f"{int(names[-1]) + 1 if names else 1:06d}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        authority = make_authority(now, lifetime)
        write_private(folder / KEY, authority.key_pem())
        write_private(folder / CERTIFICATE, authority.certificate_pem())

    def activate(self) -> None:
        """Let the newest authority issue from now on."""
        fresh = self._folder / f".{ACTIVE}"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._names()[-1])
        fresh.replace(self._folder / ACTIVE)

    def retire(self) -> None:
        """Trust the active authority alone."""
        for folder in self._folder.iterdir():
            if folder.is_dir() and not folder.is_symlink() and not self._is_active(folder.name):
                # The certificate first: an authority without one is trusted no more.
                (folder / CERTIFICATE).unlink(missing_ok=True)
                shutil.rmtree(folder)

    def _names(self) -> list[str]:
        return sorted(path.parent.name for path in self._folder.glob(f"[0-9]*/{CERTIFICATE}"))

    def _active_number(self) -> str:
        return os.path.basename(os.readlink(self._folder / ACTIVE))  # noqa: PTH115, PTH119 - a name, not a path

    def _is_active(self, name: str) -> bool:
        try:
            return self._active_number() == name
        except OSError:
            return False

    def _load(self, name: str) -> Certified:
        return load(self._folder / name / CERTIFICATE, self._folder / name / KEY)
