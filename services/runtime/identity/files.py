"""The files of a workload's identity, which a rotation replaces while we read.

`<folder>/current` is a symbolic link to `<folder>/<generation>/`, and is replaced in one step. A generation never
changes once the link has pointed to it, so whoever follows the link once gets files that belong together.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

CURRENT = "current"
CERTIFICATE = "certificate.pem"
KEY = "key.pem"
BUNDLE = "bundle.pem"
ABOUT = "about.json"

# A generation outlives its successor by far longer than a read takes; more turns than this mean that it is broken.
_TURNS = 5


class IdentityUnreadable(Exception):
    """A workload's identity cannot be read. The message holds the path, never what is in the files."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One generation of a workload's identity; all PEM."""

    generation: str
    """The serial number of the certificate, in hexadecimal digits."""
    workload: str
    issued_at: float
    """Seconds since the epoch, as is `expires_at`."""
    expires_at: float
    certificate: bytes
    bundle: bytes
    """The authorities to trust, one after another."""
    key: bytes = field(repr=False)

    @property
    def lifetime(self) -> float:
        """How long the certificate was meant to live when it was issued, in seconds."""
        return self.expires_at - self.issued_at


class IdentityFolder:
    """The identity in one folder: read at once, and again when the link has moved. Safe to use from any thread."""

    def __init__(self, folder: Path) -> None:
        """Raises IdentityUnreadable."""
        self._folder = folder
        self._link = str(folder / CURRENT)
        self._last = _read(folder)

    @property
    def last(self) -> Identity:
        """The generation that was read last, without a look at the disk."""
        return self._last

    def latest(self) -> Identity:
        """The current generation; the last good one while the files cannot be read. A few microseconds when unmoved."""
        try:
            if os.readlink(self._link) != self._last.generation:  # noqa: PTH115 - on the way of every handshake
                self._last = _read(self._folder)
        except (OSError, IdentityUnreadable):
            pass
        return self._last


def _read(folder: Path) -> Identity:
    for _ in range(_TURNS):
        try:
            generation = (folder / CURRENT).readlink().name
            return _read_generation(folder / generation)
        except FileNotFoundError:
            continue  # rotated and tidied between the two steps, or not there at all
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IdentityUnreadable(f"cannot read the identity in {folder}: {type(error).__name__}") from None
    raise IdentityUnreadable(f"there is no identity in {folder}")


def _read_generation(folder: Path) -> Identity:
    about = json.loads((folder / ABOUT).read_bytes())
    return Identity(
        generation=folder.name,
        workload=str(about["workload"]),
        issued_at=float(about["issued_at"]),
        expires_at=float(about["expires_at"]),
        certificate=(folder / CERTIFICATE).read_bytes(),
        bundle=(folder / BUNDLE).read_bytes(),
        key=(folder / KEY).read_bytes(),
    )
