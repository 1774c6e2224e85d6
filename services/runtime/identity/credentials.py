"""gRPC credentials from a workload's identity."""

import grpc

from services.runtime.identity.files import Identity


def channel_credentials(identity: Identity) -> grpc.ChannelCredentials:
    """What a channel shows and trusts. A channel cannot change them: make a new one when the identity rotates."""
    return grpc.ssl_channel_credentials(identity.bundle, identity.key, identity.certificate)


def server_configuration(identity: Identity) -> grpc.ServerCertificateConfiguration:
    """What a server shows, and whom it trusts."""
    return grpc.ssl_server_certificate_configuration([(identity.key, identity.certificate)], identity.bundle)
