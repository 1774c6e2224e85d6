"""Who is at the other end of a connection."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.runtime.exceptions import CallerNotAllowed, PeerNotTrusted
from services.runtime.identity.spiffe import workload_of


@dataclass(frozen=True, slots=True)
class Peer:
    """Whoever holds a connection."""

    workload: str = ""
    """Its name in the mesh; empty where it has none."""
    guarded: bool = False
    """Whether it had to prove who it is."""
    refused: str = ""
    """Why it may call nothing at all, as a short name; empty where it may call something."""

    def check(self, allowed: Collection[str]) -> None:
        """Returns when it may call a method that is for `allowed`, or for all when that is empty.

        Raises:
            PeerNotTrusted: it may call nothing.
            CallerNotAllowed: it may call other methods.
        """
        if self.refused:
            raise PeerNotTrusted(self.refused)
        if self.guarded and allowed and self.workload not in allowed:
            raise CallerNotAllowed(self.workload)


ANYBODY = Peer()
"""At a server outside of a mesh."""


def peer_of(certificate: Mapping[str, Any] | None) -> Peer:
    """The peer that showed this certificate, as `ssl` tells of one whose chain is good.

    As at every server of the mesh: it names one URI, and that is a workload of our trust domain.
    """
    if not certificate:
        return _refused("no_certificate")
    uris = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]
    if len(uris) != 1:
        return _refused("several_uris" if uris else "no_uri")
    workload = workload_of(uris[0])
    return _refused("foreign_identity") if workload is None else Peer(workload, guarded=True)


def _refused(why: str) -> Peer:
    return Peer(guarded=True, refused=why)
