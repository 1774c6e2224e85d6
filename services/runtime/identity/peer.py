"""Who is at the other end of a connection."""

from typing import Any

from services.runtime.exceptions import PeerNotTrusted
from services.runtime.identity.spiffe import workload_of

_SAN = "x509_subject_alternative_name"
_URI = "peer_uri"
# Only certificates that an authority of ours signed come this far, so this is never reached by strangers.
_MOST_KNOWN = 1024


class Peers:
    """Reads the SPIFFE id of a call's peer. gRPC has checked that the certificate is good, not whom it names.

    To ask for everything gRPC knows of a connection takes six microseconds, for the names alone a fifth of that: so the
    whole is asked for once for each set of names. What is a URI is not asked again: no authority of ours signs a name
    of another kind that looks like one.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], str] = {}

    def workload(self, context: Any) -> str:
        """The workload that holds the connection.

        Raises:
            PeerNotTrusted: it showed no certificate, one without exactly one URI among its alternative names, or one of
                another trust domain.
        """
        names = (context.peer_identity_key(), *(context.peer_identities() or ()))
        return self._known.get(names) or self._recognise(names, context)

    def _recognise(self, names: tuple[Any, ...], context: Any) -> str:
        if names[0] is None:
            raise PeerNotTrusted("no_certificate")
        if names[0] != _SAN:  # gRPC falls back to the common name, which proves nothing here
            raise PeerNotTrusted("no_uri")
        uris = context.auth_context().get(_URI, ())
        if len(uris) != 1:
            raise PeerNotTrusted("several_uris" if uris else "no_uri")
        workload = workload_of(uris[0].decode("ascii", "replace"))
        if workload is None:
            raise PeerNotTrusted("foreign_identity")
        if len(self._known) < _MOST_KNOWN:
            self._known[names] = workload
        return workload
