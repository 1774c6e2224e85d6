"""Finds out which handshakes gRPC refused.

gRPC has no callback for that (grpc/grpc#38665): it writes a line to standard error. Where that is a file, as it is for
every process of a mesh, the lines are read from there; elsewhere they are only to be seen.
"""

import asyncio
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

import structlog

from services.runtime.identity.refusals import Refusals

_LOG = structlog.get_logger("identity")
_STANDARD_ERROR = 2
_LOOK_SECONDS = 0.5
_CHUNK = 1024 * 1024
_MARK: Final = b"Handshake failed with error"
_REASONS: Final = (
    (b"PEER_DID_NOT_RETURN_A_CERTIFICATE", "handshake_no_certificate"),
    (b"certificate has expired", "handshake_expired"),
    (b"certificate is not yet valid", "handshake_not_yet_valid"),
    (b"self-signed certificate", "handshake_unknown_authority"),
    (b"self signed certificate", "handshake_unknown_authority"),
    (b"issuer certificate", "handshake_unknown_authority"),
    (b"certificate signature failure", "handshake_unknown_authority"),
    (b"WRONG_VERSION_NUMBER", "handshake_without_tls"),
    (b"HTTP_REQUEST", "handshake_without_tls"),
)
_OTHER: Final = "handshake_failed"


def reason_of(line: bytes) -> str | None:
    """Why the handshake that a line of gRPC's log tells of was refused; None for any other line."""
    return reason_in(line) if _MARK in line else None


def reason_in(text: bytes) -> str:
    """Why a handshake was refused that OpenSSL tells of in these words, as a short name."""
    return next((reason for words, reason in _REASONS if words in text), _OTHER)


def standard_error() -> Path | None:
    """A path to open standard error by for reading; None where it is no file."""
    try:
        return Path(f"/proc/self/fd/{_STANDARD_ERROR}") if stat.S_ISREG(os.fstat(_STANDARD_ERROR).st_mode) else None
    except OSError:
        return None


class Handshakes:
    """Follows a log that processes append to and that is cut when it grows too large, from its present end on."""

    def __init__(self, path: Path, refusals: Refusals) -> None:
        self._refusals = refusals
        self._file: BinaryIO = path.open("rb")
        self._position = self._file.seek(0, os.SEEK_END)
        self._rest = b""

    async def run(self) -> None:
        """Counts and logs what gRPC refuses, until cancelled."""
        try:
            while True:
                for reason in await asyncio.to_thread(self.look):
                    self._refusals.count(reason)
                    _LOG.warning("peer refused", reason=reason)
                await asyncio.sleep(_LOOK_SECONDS)
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the log."""
        self._file.close()

    def look(self) -> list[str]:
        """The reasons of the refusals since the last look."""
        if os.fstat(self._file.fileno()).st_size < self._position:
            self._position, self._rest = 0, b""
        self._file.seek(self._position)
        reasons: list[str] = []
        while chunk := self._file.read(_CHUNK):
            self._position += len(chunk)
            whole, separator, rest = (self._rest + chunk).rpartition(b"\n")
            self._rest = rest if len(rest) < _CHUNK else b""
            if separator and _MARK in whole:
                reasons += [reason for line in whole.splitlines() if (reason := reason_of(line))]
        return reasons
