"""TLS as every server of the mesh has it: version 1.3, and a certificate of the mesh on both sides."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.identity.files import CERTIFICATE, KEY, Identity, IdentityFolder

_LOG = structlog.get_logger("identity")
PROTOCOL: Final = "h2"


class Contexts:
    """What is shown and trusted at the next handshake. The files may be replaced at any time."""

    def __init__(self, folder: Path, registry: CollectorRegistry) -> None:
        """Raises IdentityUnreadable: there is no identity in `folder`."""
        self._folder = folder
        self._files = IdentityFolder(folder)
        self._served = self._files.latest()
        self._context = _context(folder, self._served)
        Gauge(
            "malha_identity_expires_at_seconds", "When this workload's certificate ends.", registry=registry
        ).set_function(lambda: self._files.latest().expires_at)

    @property
    def overlap(self) -> float:
        """Seconds between the renewal of a certificate and its end: a third of its life."""
        return self._served.lifetime / 3

    def newest(self) -> ssl.SSLContext:
        """For a handshake that begins now; a few microseconds when nothing has changed."""
        identity = self._files.latest()
        if identity is not self._served:
            try:
                self._context = _context(self._folder, identity)
                self._served = identity
            except (OSError, ssl.SSLError) as error:  # the last good one holds; the next handshake tries again
                _LOG.warning("identity not taken up", error=type(error).__name__)
        return self._context


def _context(folder: Path, identity: Identity) -> ssl.SSLContext:
    files = folder / identity.generation
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=identity.bundle.decode("ascii"))
    context.load_cert_chain(files / CERTIFICATE, files / KEY)
    context.set_alpn_protocols([PROTOCOL])
    # A resumed session would prove again who the peer was, not who it is.
    context.num_tickets = 0
    return context
