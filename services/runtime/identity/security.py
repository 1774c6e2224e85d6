"""The side of a server that meets strangers."""

import grpc
from prometheus_client import CollectorRegistry, Gauge

from services.runtime.identity.credentials import server_configuration
from services.runtime.identity.files import IdentityFolder
from services.runtime.identity.handshakes import Handshakes, standard_error
from services.runtime.identity.refusals import Refusals


class Security:
    """What a server with an identity shows, whom it trusts, and whom it has refused.

    Every client is asked for a certificate. New files are used at the next handshake.

    Attributes:
        credentials: for `add_secure_port`.
        refusals: counts those who were refused.
    """

    def __init__(self, folder: IdentityFolder, registry: CollectorRegistry) -> None:
        self._folder = folder
        self._served = folder.latest()
        self.credentials: grpc.ServerCredentials = grpc.dynamic_ssl_server_credentials(
            server_configuration(self._served),
            self._fetch,  # type: ignore[arg-type]  # the stubs forget that None is allowed
            require_client_authentication=True,
        )
        self.refusals = Refusals(registry)
        Gauge(
            "malha_identity_expires_at_seconds", "When this workload's certificate ends.", registry=registry
        ).set_function(lambda: folder.latest().expires_at)

    @property
    def overlap(self) -> float:
        """Seconds between the renewal of a certificate and its end: a third of its life."""
        return self._served.lifetime / 3

    async def watch(self) -> None:
        """Counts and logs the handshakes that gRPC refuses, until cancelled; where nothing tells of them, returns."""
        path = standard_error()
        if path is not None:
            await Handshakes(path, self.refusals).run()

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """Called by gRPC's threads, one at a time, before each handshake; None keeps what is served."""
        identity = self._folder.latest()
        if identity is self._served:
            return None
        self._served = identity
        return server_configuration(identity)
