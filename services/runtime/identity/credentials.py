"""gRPC credentials from a workload's identity."""

import grpc
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.identity.files import Identity, IdentityFolder


def channel_credentials(identity: Identity) -> grpc.ChannelCredentials:
    """What a channel shows and trusts. A channel cannot change them: make a new one when the identity rotates."""
    return grpc.ssl_channel_credentials(identity.bundle, identity.key, identity.certificate)


class ServerCredentials:
    """What a server shows and trusts, asking every client for a certificate; new files are used at the next handshake.

    Attributes:
        credentials: for `add_secure_port`.
    """

    def __init__(self, folder: IdentityFolder, registry: CollectorRegistry) -> None:
        self._folder = folder
        self._served = folder.latest()
        self.credentials: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
            _configuration(self._served),
            self._fetch,  # type: ignore[arg-type]  # the stubs forget that None is allowed
            require_client_authentication=True,
        )

        Gauge(
            "malha_identity_expires_at_seconds", "When this workload's certificate ends.", registry=registry
        ).set_function(lambda: folder.latest().expires_at)

    @property
    def overlap(self) -> float:
        """Seconds between the renewal of a certificate and its end: a third of its life."""
        return self._served.lifetime / 3

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Called by gRPC's threads, one at a time, before each handshake; None keeps what is served."""
        identity = self._folder.latest()
        if identity is self._served:
            return None
        self._served = identity
        return _configuration(identity)


def _configuration(identity: Identity) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(identity.key, identity.certificate)], identity.bundle)
